/**
 * What a schedule costs, as numbers: values kept for the backward pass, floating-point operations of products,
 * pointwise operations, calls, parameters. Everything per row of a step, so that a run of B sequences and T
 * steps is B · T times as much; benchmarks divide by these, and tests pin them.
 */
import type { Axis, Instruction, Op, Panel, Parameter, Pass, Schedule, Sizes } from "../operations.ts";

/** What a schedule costs, for given sizes, per row: one step of one sequence. */
export interface ScheduleFigures {
  /** How many values of a unit the backward pass reads of each step of the forward pass. */
  readonly keptFloats: number;
  /** Their names. */
  readonly keptNames: readonly string[];
  /** Bytes of all forward values that the backward pass reads, of every axis; the input is not counted. */
  readonly keptBytes: number;
  /** Bytes that one more row takes in a run of both passes, what the caller hands in not counted. */
  readonly rowBytes: number;
  /** 2 · rows · columns for every matrix and row: a multiplication and an addition for each weight. */
  readonly productFlops: PerPass;
  /** Of these, the ones inside the loop over time, which cannot run for all steps at once. */
  readonly loopFlops: PerPass;
  /** Every other arithmetic operation on one number, a function as one. */
  readonly pointwiseOperations: PerPass;
  /** Operations that an engine runs at every step. */
  readonly calls: PerPass;
  /** How many numbers are trained. */
  readonly parameterCount: number;
  /** Their bytes in float32. */
  readonly parameterBytes: number;
}

/** A count for each pass, per row: one step of one sequence. */
export interface PerPass {
  /** In the forward pass. */
  readonly forward: number;
  /** In the backward pass. */
  readonly backward: number;
}

/** A count as a sum of products of axes: `units input` → how often. Nothing is rounded, and it can be printed. */
export type Count = ReadonlyMap<string, number>;

export interface Counts {
  /** Forward values that the backward pass reads, with their axes. */
  readonly kept: readonly { readonly name: string; readonly axis: Axis }[];
  readonly row: Count;
  readonly products: { readonly forward: Count; readonly backward: Count };
  readonly loop: { readonly forward: Count; readonly backward: Count };
  readonly pointwise: { readonly forward: Count; readonly backward: Count };
  readonly calls: PerPass;
  readonly parameters: Count;
}

const BYTES = 4; // a float32

/**
 * The figures of a schedule for given sizes.
 *
 * @param schedule - what `schedule(cell)` made
 * @param sizes - how long each axis is: `{ input: 64, units: 128 }`
 * @throws {RangeError} if an axis of the schedule has no size
 * @example const { parameterCount } = scheduleFigures(schedule(lstm), { input: 64, units: 128 });
 */
export function scheduleFigures(schedule: Schedule, sizes: Sizes): ScheduleFigures {
  const counts = scheduleCounts(schedule);
  const each = ({ forward, backward }: { forward: Count; backward: Count }): PerPass => ({
    forward: amount(forward, sizes),
    backward: amount(backward, sizes),
  });
  const keptNames = counts.kept.filter(({ axis }) => axis === "units").map(({ name }) => name);
  const parameterCount = amount(counts.parameters, sizes);
  return {
    keptFloats: keptNames.length,
    keptNames,
    keptBytes: amount(total(counts.kept.map(({ axis }) => term(1, [axis]))), sizes) * BYTES,
    rowBytes: amount(counts.row, sizes) * BYTES,
    productFlops: each(counts.products),
    loopFlops: each(counts.loop),
    pointwiseOperations: each(counts.pointwise),
    calls: counts.calls,
    parameterCount,
    parameterBytes: parameterCount * BYTES,
  };
}

/** The figures before the sizes are known. */
export function scheduleCounts(schedule: Schedule): Counts {
  const { forward, backward } = schedule;
  const perPass = (count: (ops: readonly Op[]) => Count, of: (pass: Pass) => readonly Op[]) => ({
    forward: count(of(forward)),
    backward: backward === undefined ? new Map<string, number>() : count(of(backward)),
  });
  const everyRow = ({ before, each, after }: Pass): readonly Op[] => [...before, ...each, ...after];
  const parts = new Map<string, Count>();
  for (const b of schedule.buffers) {
    const perRow = (b.rows === "rows" || b.rows === "state") && b.role !== "given";
    if (perRow) parts.set(`${b.storage} ${b.part}`, term(1, [b.axis]));
  }
  return {
    kept: keptValues(schedule),
    row: total([...parts.values()]),
    products: perPass(productCount, everyRow),
    loop: perPass(productCount, ({ each }) => each),
    pointwise: perPass(pointwiseCount, everyRow),
    calls: { forward: forward.each.length, backward: backward?.each.length ?? 0 },
    parameters: total(schedule.parameters.map(parameterTerm)),
  };
}

function keptValues({ buffers, backward }: Schedule): { name: string; axis: Axis }[] {
  if (backward === undefined) return [];
  const ops = [...backward.before, ...backward.each, ...backward.after];
  const written = new Set(ops.flatMap(writtenNames));
  const read = new Set(ops.flatMap(readNames));
  return buffers
    .filter((b) => read.has(b.name) && !written.has(b.name) && b.role !== "given" && b.rows !== "carried")
    .filter((b) => !b.name.startsWith("δ"))
    .map(({ name, axis }) => ({ name, axis }));
}

function readNames(op: Op): string[] {
  switch (op.op) {
    case "product":
      return [op.from.name];
    case "gradient":
      return [op.left.name, op.right.name];
    case "gather":
      return [op.ids.name];
    case "scatter":
      return [op.ids.name, op.rows.name];
    default:
      return op.reads.map((r) => r.name);
  }
}

function writtenNames(op: Op): string[] {
  if (op.op === "map") return op.writes.map((w) => w.name);
  return op.op === "product" ? [op.into.name] : op.op === "gather" ? [op.rows.name] : [];
}

const panelTerm = (panel: Panel): Count =>
  term(2 * panel.parameters.length, [panel.rows, panel.columns], panel.blockdiagonal);

const parameterTerm = ({ kind, rows, columns, blockdiagonal }: Parameter): Count =>
  kind === "vector" ? term(1, [rows]) : term(1, [rows, columns], blockdiagonal);

const productCount = (ops: readonly Op[]): Count =>
  total(ops.flatMap((op) => (op.op === "product" || op.op === "gradient" ? [panelTerm(op.panel)] : [])));

/** A sum down the rows adds each row's value once; a scatter each row's entry. */
function pointwiseCount(ops: readonly Op[]): Count {
  const counts: Count[] = [];
  for (const op of ops) {
    if (op.op !== "map" && op.op !== "sum") continue;
    for (const instruction of op.code) counts.push(arithmetic(instruction, op.code));
    if (op.op === "sum") counts.push(term(1, [op.code.at(-1)!.axis]));
  }
  return total(counts);
}

function arithmetic(instruction: Instruction, code: readonly Instruction[]): Count {
  switch (instruction.op) {
    case "unary":
    case "binary":
    case "equal":
      return term(1, [instruction.axis]);
    case "sum":
    case "largest":
      return term(1, [code[instruction.a]!.axis]);
    default:
      return new Map();
  }
}

/** `coefficient · axes`, divided by how long `per` is. */
function term(coefficient: number, axes: readonly Axis[], per?: Axis): Count {
  const key = axes.filter((axis) => axis !== "one").join(" ");
  return new Map([[per === undefined ? key : `${key} / ${per}`, coefficient]]);
}

function total(counts: readonly Count[]): Count {
  const sum = new Map<string, number>();
  for (const count of counts) for (const [key, n] of count) sum.set(key, (sum.get(key) ?? 0) + n);
  return sum;
}

export function amount(count: Count, sizes: Sizes): number {
  const size = (axis: Axis): number => {
    if (!Object.hasOwn(sizes, axis))
      throw new RangeError(`scheduleFigures: no size for axis ${axis}; give { ${axis}: … }`);
    return sizes[axis]!;
  };
  let sum = 0;
  for (const [key, n] of count) {
    const [axes, per] = key.split(" / ") as [string, string | undefined];
    const product = axes === "" ? n : axes.split(" ").reduce((a, axis) => a * size(axis), n);
    sum += per === undefined ? product : product / size(per);
  }
  return sum;
}

/** `8·units·input + 8·units²`. */
export function countText(count: Count): string {
  const terms = [...count].map(([key, n]) => {
    const [axes, per] = key.split(" / ") as [string, string | undefined];
    const powers = new Map<string, number>();
    for (const axis of axes.split(" ")) if (axis !== "") powers.set(axis, (powers.get(axis) ?? 0) + 1);
    const factors = [...powers].map(([axis, power]) => (power === 1 ? axis : `${axis}²`));
    const product = [...(n === 1 && factors.length > 0 ? [] : [String(n)]), ...factors].join("·");
    return per === undefined ? product : `${product}/${per}`;
  });
  return terms.length === 0 ? "0" : terms.join(" + ");
}
