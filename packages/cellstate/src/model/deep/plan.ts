/** Deep networks' layers as stages: norms, sums of what goes in and what comes out, and prices on activations. */
import type { Cell } from "../../cell/cell.ts";
import { ArgumentError } from "../../errors.ts";
import type { ActivityRegularizationLayer, LayerNormLayer, ResidualLayer } from "../../layers/deep.ts";
import type { Layer, RecurrentLayer } from "../../layers/layers.ts";
import type { EdgeId, Penalty, Planner } from "../plan.ts";
import { changeCell, normCell, squareCell } from "./programs.ts";

type DeepLayer = ActivityRegularizationLayer | LayerNormLayer | ResidualLayer;

export function planLayer(planner: Planner, layer: DeepLayer, from: EdgeId, prefix: string): EdgeId {
  const path = `${prefix}${layer.kind}`;
  switch (layer.kind) {
    case "layerNorm":
      return norm(planner, from, `${path}.${planner.count(path)}`);
    case "residual": {
      const to = layer.layers.reduce((at, inner) => planner.apply(inner as Single, at, prefix), from);
      return around(planner, from, to, "residual");
    }
    case "activityRegularization": {
      const { l2, temporal } = layer;
      const { rows } = planner.edges[from]!;
      if (temporal > 0 && rows === "last") {
        const described = 'above 0 behind output: "last"';
        const mend = 'put it before the layer with output: "last", or give l2 alone.';
        throw new ArgumentError({
          where: layer.kind,
          argument: "temporal",
          given: temporal,
          described,
          expected: "0",
          mend,
        });
      }
      if (!planner.isTraining) return from;
      if (l2 > 0) price(planner, from, squareCell(), { times: l2, over: "rows" });
      if (temporal > 0) price(planner, from, changeCell(), { times: temporal, over: "pairs" });
      return from;
    }
  }
}

/** No branch stands in a residual. */
type Single = Exclude<Layer, { kind: "inputs" | "heads" }>;

export function norm({ edges, program, like, plainSchedule }: Planner, from: EdgeId, path: string): EdgeId {
  const cell = normCell();
  const { size } = edges[from]!;
  return program({
    path,
    schedule: plainSchedule(cell),
    sizes: { input: size, units: size },
    from,
    to: like(from),
    isRecurrent: false,
    cell,
    start: {},
    outside: (name) => name.replace("_y", ""),
  });
}

function price(
  { edges, penalties, plainSchedule }: Planner,
  from: EdgeId,
  cell: Cell,
  how: Pick<Penalty, "times" | "over">,
) {
  const { size } = edges[from]!;
  penalties.push({ from, schedule: plainSchedule(cell), sizes: { input: size, units: size }, ...how });
}

const disagreement = (where: string, given: number, wanted: number): ArgumentError =>
  new ArgumentError({
    where,
    argument: "residual",
    given,
    described: `around layers from ${wanted} values a step to ${given}`,
    expected: "as many values out as in",
    mend: `end in ${wanted} units, or put dense({ units: ${given} }) before it.`,
  });

/** What went in, added to what came out. */
function around({ edges, stages, like }: Planner, from: EdgeId, to: EdgeId, where: string): EdgeId {
  const [given, wanted] = [edges[to]!, edges[from]!];
  if (given.size !== wanted.size) throw disagreement(where, given.size, wanted.size);
  if (given.rows !== wanted.rows) {
    const mend = 'put the layer with output: "last" behind the residual.';
    const described = 'around output: "last"';
    const facts = { given: described, described, expected: "layers that give an output at every step", mend };
    throw new ArgumentError({ where, argument: "residual", ...facts });
  }
  const sum = like(to);
  stages.push({ kind: "add", from: [from, to], to: sum });
  return sum;
}

/** @throws {ArgumentError} if a stack asks for what it cannot have */
export function checkStack({ layers, direction, output, residual, layerNorm }: RecurrentLayer): void {
  const where = "recurrent";
  if (layerNorm && layers === 1) {
    const mend = "put layerNorm() before or behind the only layer.";
    const expected = "false, or more than one layer";
    throw new ArgumentError({ where, argument: "layerNorm", given: layerNorm, expected, mend });
  }
  if (!residual || direction !== "both" || output === "every") return;
  const mend = 'end with recurrent(cell, { units, direction: "both", output: "last" }) of its own.';
  const expected = 'false with direction: "both" and output: "last"';
  throw new ArgumentError({ where, argument: "residual", given: residual, expected, mend });
}

/** A stack's layer with its way around, where both ends are as long; `isLast`: it gives the last output alone. */
export function skip(planner: Planner, layer: RecurrentLayer, from: EdgeId, to: EdgeId, isLast: boolean): EdgeId {
  const { edges, move } = planner;
  if (edges[from]!.size !== edges[to]!.size) {
    // above the first both are always as long
    if (layer.layers === 1) throw disagreement("recurrent", edges[to]!.size, edges[from]!.size);
    return to;
  }
  // the input of the step that the last output belongs to
  const turned = isLast && layer.direction === "backward" ? move("reverse", from) : from;
  return around(planner, isLast ? move("last", turned) : turned, to, "recurrent");
}
