/**
 * From an architecture to the stages that a run goes through: programs (a cell, a dense layer, a look-up)
 * and the moves of rows between them (reversed in time, side by side, only the last of each sequence).
 */
import { type Cell, cell as makeCell } from "../cell/cell.ts";
import { isDrawn } from "../cell/draws.ts";
import type { Schedule, Sizes } from "../cell/operations.ts";
import { schedule } from "../cell/schedule.ts";
import type { StartRule } from "../cell/syntax.ts";
import { sizeOf } from "../engine/layout.ts";
import { ArgumentError } from "../errors.ts";
import { checkBlocks } from "../layers/blocks.ts";
import type { Architecture, Layer, RecurrentLayer } from "../layers/layers.ts";
import { denseCell, denseSchedule, lookUpSchedule } from "../layers/programs.ts";
import type { Deep } from "./deepFor.ts";

/** A matrix of rows between stages: `size` numbers a row, a row for every step or one for each sequence. */
export interface Edge {
  readonly size: number;
  readonly rows: "steps" | "last";
  /** Ids below this number instead of values. */
  readonly vocabulary?: number;
  /** One value a row of axis "one": such rows lie side by side, without padding. */
  readonly isNarrow?: boolean;
}

export type EdgeId = number;

export interface ProgramStage {
  readonly kind: "program";
  /** "recurrent.0.forward", "dense.1", …; the first part of its parameters' names. */
  readonly path: string;
  readonly schedule: Schedule;
  readonly sizes: Sizes;
  readonly from: EdgeId;
  readonly to: EdgeId;
  /** Keys what it draws apart from other stages; missing where it draws nothing. */
  readonly noise?: number;
  /** For traces and printing; missing for look-ups and dropout. */
  readonly cell?: Cell;
  readonly isRecurrent: boolean;
  readonly start: Readonly<Record<string, StartRule>>;
  /** The embedding, by its path, whose table is this stage's matrix. */
  readonly tied?: string;
  /** The outside name of a parameter. */
  outside(parameter: string): string;
}

/** A cell over an edge's rows; training adds so many times the mean of its output to what it makes smaller. */
export interface Penalty {
  readonly from: EdgeId;
  readonly schedule: Schedule;
  readonly sizes: Sizes;
  readonly times: number;
  /** The mean is over all rows, or over those with a step before them. */
  readonly over: "rows" | "pairs";
}

/** `join` puts rows side by side, `add` adds them up. */
export type Stage =
  | ProgramStage
  | { readonly kind: "reverse" | "last"; readonly from: EdgeId; readonly to: EdgeId }
  | { readonly kind: "join"; readonly from: readonly EdgeId[]; readonly to: EdgeId }
  | { readonly kind: "add"; readonly from: readonly EdgeId[]; readonly to: EdgeId };

/** The edges that a stage reads. */
export const sourcesOf = ({ from }: Stage): readonly EdgeId[] => (typeof from === "number" ? [from] : from);

export interface Plan {
  readonly architecture: Architecture;
  readonly edges: readonly Edge[];
  readonly stages: readonly Stage[];
  readonly penalties: readonly Penalty[];
  /** What its deep layers are run with; missing where there is none. */
  readonly deep: Deep | undefined;
  /** By input name; "" for the only one. */
  readonly inputs: ReadonlyMap<string, EdgeId>;
  readonly outputs: ReadonlyMap<string, EdgeId>;
  /** Values that stand in place of their definitions. */
  readonly fixed: readonly Fixed[];
  readonly noise: Noise | undefined;
}

/** What draws noise; loaded where it is asked for. */
export type Noise = typeof import("./noise.ts");

export interface Fixed {
  readonly values: Readonly<Record<string, number>>;
  /** Everywhere, if omitted: "recurrent.0", or one direction of it. */
  readonly layer?: string;
}

/** Is this stage of that layer? "recurrent.1" is not the beginning of "recurrent.10". */
export const isOfLayer = (path: string, layer: string | undefined): boolean =>
  layer === undefined || path === layer || path.startsWith(`${layer}.`);

/** A stage's own fixed values; later ones stand over earlier ones. */
export const fixedIn = (fixed: readonly Fixed[], path: string): Readonly<Record<string, number>> =>
  Object.assign({}, ...fixed.filter((f) => isOfLayer(path, f.layer)).map((f) => f.values));

export interface PlanOptions {
  /** How many values a step of each input has, by name; ids need none. */
  readonly inputSizes: Readonly<Record<string, number>>;
  readonly fixed?: readonly Fixed[];
  /** What runs while training: noise is drawn. Default false: it is its mean, or left out. */
  readonly isTraining?: boolean;
  /** Where the architecture asks for it: see `training.ts`. */
  readonly noise?: Noise | undefined;
  /** What `deepFor` loads for the architecture. */
  readonly deep?: Deep | undefined;
}

/** What a plan is made with, for layers that are planned elsewhere. */
export interface Planner {
  readonly edges: readonly Edge[];
  readonly stages: Stage[];
  readonly penalties: Penalty[];
  readonly isTraining: boolean;
  like(edge: EdgeId): EdgeId;
  count(kind: string): number;
  move(kind: "reverse" | "last", from: EdgeId): EdgeId;
  program(stage: Omit<ProgramStage, "kind">): EdgeId;
  plainSchedule(cell: Cell): Schedule;
  apply(layer: Exclude<Layer, { kind: "inputs" | "heads" }>, from: EdgeId, prefix: string): EdgeId;
}

/** The inputs of an architecture that take values, and so need a size. */
export function valueInputs(architecture: Architecture): string[] {
  const first = architecture.layers[0]!;
  if (first.kind === "embedding") return [];
  if (first.kind !== "inputs") return [""];
  return Object.entries(first.branches).flatMap(([name, branch]) =>
    valueInputs(branch).map((inner) => (inner === "" ? name : `${name}.${inner}`)),
  );
}

export function planArchitecture(architecture: Architecture, options: PlanOptions): Plan {
  const { inputSizes, fixed = [], isTraining = false, noise, deep } = options;
  const edges: Edge[] = [];
  const stages: Stage[] = [];
  const penalties: Penalty[] = [];
  const inputs = new Map<string, EdgeId>();
  const outputs = new Map<string, EdgeId>();
  const counts = new Map<string, number>();
  const tied = deep?.tiedNames(architecture);
  let purpose = 0;
  let draws = 0;

  // One schedule for all layers with the same equations, so that engines compile it once.
  const cells = new Map<string, Cell>();
  const schedules = new Map<string, Schedule>();
  const once = <V>(known: Map<string, V>, key: unknown, make: () => V): V => {
    const text = JSON.stringify(key);
    const made = known.get(text) ?? make();
    known.set(text, made);
    return made;
  };
  const plainCell = ({ cell: { name, text } }: RecurrentLayer): Cell =>
    once(cells, [name, text], () => makeCell(name, text));
  /** With its noise, or with what is its mean. */
  const cellOf = (layer: RecurrentLayer): Cell => {
    const { zoneout, recurrentDropout, weightDrop } = layer;
    const isRewritten = zoneout !== undefined || (isTraining && (recurrentDropout || weightDrop));
    return isRewritten ? noise!.noisyCell(layer, { training: isTraining }) : plainCell(layer);
  };
  const plainSchedule = (cell: Cell): Schedule => once(schedules, [cell.name, cell.text], () => schedule(cell));
  const scheduleOf = (cell: Cell, own: Readonly<Record<string, number>>, plain: Cell): Schedule => {
    if (cell === plain && !isTraining && Object.keys(own).length === 0) return plainSchedule(plain);
    return once(schedules, [cell.name, cell.text, own], () => {
      const made = schedule(cell, { fixed: own, training: isTraining });
      // Parameters lie as in the plain cell, with noise and where a fixed value leaves some without use.
      const parameters = plainSchedule(plain).parameters.map(
        (p) => made.parameters.find((q) => q.name === p.name) ?? p,
      );
      return { ...made, parameters };
    });
  };

  const edge = (e: Edge): EdgeId => edges.push(e) - 1;
  const like = (id: EdgeId, size = edges[id]!.size): EdgeId => edge({ size, rows: edges[id]!.rows });
  const count = (kind: string): number => {
    const n = counts.get(kind) ?? 0;
    counts.set(kind, n + 1);
    return n;
  };
  const move = (kind: "reverse" | "last", from: EdgeId): EdgeId => {
    const to = kind === "last" ? edge({ size: edges[from]!.size, rows: "last" }) : like(from);
    stages.push({ kind, from, to });
    return to;
  };
  const join = (from: readonly EdgeId[]): EdgeId => {
    if (from.length === 1) return from[0]!;
    const to = edge({ size: from.reduce((sum, id) => sum + edges[id]!.size, 0), rows: edges[from[0]!]!.rows });
    stages.push({ kind: "join", from, to });
    return to;
  };
  const program = (stage: Omit<ProgramStage, "kind">): EdgeId => {
    stages.push({ kind: "program", ...stage });
    return stage.to;
  };

  function given(branch: Architecture, name: string): EdgeId {
    const first = branch.layers[0]!;
    const size = Object.hasOwn(inputSizes, name) ? inputSizes[name] : undefined;
    if (first.kind === "embedding") inputs.set(name, edge({ size: 1, rows: "steps", vocabulary: first.vocabulary }));
    else if (size === undefined) {
      throw new ArgumentError({
        where: "createModel",
        argument: name === "" ? "input" : `input.${name}`,
        given: size,
        expected: "how many values a step of the input has",
        mend: "give it, createModel(architecture, { input: 1 }), or run the model on data first.",
      });
    } else inputs.set(name, edge({ size, rows: "steps" }));
    return inputs.get(name)!;
  }

  function run(branch: Architecture, from: EdgeId | undefined, name: string, prefix: string): void {
    let at = from;
    for (const layer of branch.layers) {
      if (layer.kind === "inputs") {
        const parts = Object.entries(layer.branches).map(([key, inner]) => {
          const full = name === "" ? key : `${name}.${key}`;
          return through(
            inner,
            inner.layers[0]!.kind === "inputs" ? undefined : given(inner, full),
            full,
            `inputs.${full}.`,
          );
        });
        at = join(parts);
      } else if (layer.kind === "heads") {
        for (const [key, inner] of Object.entries(layer.branches)) {
          const full = name === "" ? key : `${name}.${key}`;
          run(inner, at!, full, `heads.${full}.`);
        }
        return;
      } else at = apply(layer, at!, prefix);
    }
    outputs.set(name, at!);
  }
  /** A branch whose end goes on into other layers. */
  function through(branch: Architecture, from: EdgeId | undefined, name: string, prefix: string): EdgeId {
    run(branch, from, name, prefix);
    const end = outputs.get(name)!;
    outputs.delete(name);
    return end;
  }

  function apply(layer: Exclude<Layer, { kind: "inputs" | "heads" }>, from: EdgeId, prefix: string): EdgeId {
    const outside = (name: string): string => name;
    const basis = { from, isRecurrent: false, start: {}, outside };
    switch (layer.kind) {
      case "embedding": {
        const path = `${prefix}embedding.${count(`${prefix}embedding`)}`;
        const sizes = { units: layer.size, vocabulary: layer.vocabulary };
        const { dropout = 0 } = layer;
        const isNoisy = isTraining && dropout > 0;
        const whole = lookUpSchedule(tied?.has(path) ?? false);
        const own = isNoisy ? noise!.droppedLookUpSchedule(whole, dropout) : whole;
        const to = like(from, layer.size);
        return program({ ...basis, path, schedule: own, sizes, to, ...(isNoisy && { noise: ++draws }) });
      }
      case "dense": {
        const path = `${prefix}dense.${count(`${prefix}dense`)}`;
        if (layer.tied !== undefined) deep!.checkTie(layer, stages, edges[from]!.size);
        return program({
          ...basis,
          ...(layer.tied !== undefined && { tied: layer.tied }),
          path,
          schedule: denseSchedule(layer.activation, true),
          sizes: { input: edges[from]!.size, units: layer.units },
          to: like(from, layer.units),
          cell: denseCell(layer.activation),
          outside: (name) => name.replace("_y", ""),
        });
      }
      case "dropout":
        return drop(from, layer.rate, `${prefix}dropout.${count(`${prefix}dropout`)}`);
      case "recurrent":
        return stack(layer, from, prefix);
      default:
        return deep!.planLayer(planner, layer, from, prefix);
    }
  }
  function drop(from: EdgeId, rate: number, path: string): EdgeId {
    if (rate === 0 || !isTraining) return from;
    return program({
      path,
      schedule: noise!.dropoutSchedule(rate, purpose++),
      sizes: { units: edges[from]!.size },
      from,
      to: like(from),
      noise: 0, // its purpose keys it apart
      isRecurrent: false,
      start: {},
      outside: (name) => name,
    });
  }

  function stack(layer: RecurrentLayer, start: EdgeId, prefix: string): EdgeId {
    const cell = cellOf(layer);
    let from = start;
    if (layer.residual || layer.layerNorm) deep!.checkStack(layer);
    for (let l = 0; l < layer.layers; l++) {
      const name = `${prefix}recurrent.${count(`${prefix}recurrent`)}`;
      const isTop = l === layer.layers - 1;
      const directions = layer.direction === "both" ? (["forward", "backward"] as const) : [layer.direction];
      const isLast = isTop && layer.output === "last";
      const input = l > 0 && layer.layerNorm ? deep!.norm(planner, from, `${name}.layerNorm`) : from;
      const outputs = directions.map((direction) => {
        const source = direction === "backward" ? move("reverse", input) : input;
        const end = one(layer, cell, source, `${name}.${direction}`);
        if (isLast) return move("last", end);
        return direction === "backward" ? move("reverse", end) : end;
      });
      let to = join(outputs);
      if (!isTop) to = drop(to, layer.dropout, `${name}.dropout`);
      from = layer.residual ? deep!.skip(planner, layer, from, to, isLast) : to;
    }
    return from;
  }
  function one(layer: RecurrentLayer, cell: Cell, from: EdgeId, path: string): EdgeId {
    const plain = plainCell(layer);
    const whole = scheduleOf(cell, {}, plain);
    const values = Object.entries(fixedIn(fixed, path));
    const own = Object.fromEntries(values.filter(([n]) => whole.buffers.some((b) => b.name === n)));
    const changed = scheduleOf(cell, own, plain);
    const isNoisy = isTraining && isDrawn(cell);
    const sizes = { ...layer.sizes, input: edges[from]!.size };
    checkBlocks(cell, sizes);
    const axisOf = (name: string): string => whole.buffers.find((b) => b.name === name)!.axis;
    const inputAxis = axisOf("x");
    const wanted = inputAxis === "input" ? sizes.input : sizeOf(sizes, inputAxis);
    if (wanted !== sizes.input) {
      throw new ArgumentError({
        where: "recurrent",
        argument: "x",
        given: sizes.input,
        expected: `${wanted} values a step, as many as ${inputAxis}`,
        mend: `${cell.name} asks for as many inputs as ${inputAxis}; put a dense layer or an embedding of that size before it.`,
      });
    }
    const narrow = (id: EdgeId, isNarrow: boolean): EdgeId => {
      const { size, rows } = edges[id]!;
      const to = edge({ size, rows, ...(isNarrow && { isNarrow }) });
      stages.push({ kind: "join", from: [id], to });
      return to;
    };
    const output = axisOf(whole.output);
    const size = sizeOf(sizes, output);
    const end = program({
      path,
      schedule: changed,
      sizes,
      from: inputAxis === "one" ? narrow(from, true) : from,
      to: edge({ size, rows: edges[from]!.rows, ...(output === "one" && { isNarrow: true }) }),
      ...(isNoisy && { noise: ++draws }),
      cell,
      isRecurrent: true,
      start: layer.start,
      outside: (name) => name,
    });
    return output === "one" ? narrow(end, false) : end;
  }

  const planner: Planner = { edges, stages, penalties, isTraining, like, count, move, program, plainSchedule, apply };
  const first = architecture.layers[0]!;
  run(architecture, first.kind === "inputs" ? undefined : given(architecture, ""), "", "");
  return { architecture, edges, stages, penalties, inputs, outputs, fixed, noise, deep };
}
