/**
 * The five operations in plain float64 loops, as their definitions say and no faster. What every other
 * engine does is checked against this.
 */
import type { At, Axis, Binary, Instruction, Op, Panel, Schedule, Sizes, Unary } from "../../cell/operations.ts";
import { canBeIntegers, roundValues } from "../int8/numbers.ts";
import { blocksOf, type ParameterPlace, padded, positionIn, sizeOf } from "../layout.ts";
import { rowKey, uniform } from "../noise.ts";

/** Where a row of a value begins in memory; `now` and `before` are rows of the call. */
export interface Context {
  readonly schedule: Schedule;
  readonly sizes: Sizes;
  readonly places: ReadonlyMap<string, ParameterPlace>;
  /** Of products with 8-bit matrices; their weights are in the parameters as they are. */
  readonly roundsOperands: boolean;
  memory: Float64Array;
  parameters: number;
  gradients: number;
  noise: readonly [number, number];
  /** Address of the value in row `r` of the call. */
  address(at: At, now: number, before: number, r: number): number;
}

export function runOperation(context: Context, op: Op, now: number, before: number, count: number): void {
  switch (op.op) {
    case "product":
      if (op.transposed) transposed(context, op, now, before, count);
      else product(context, op, now, before, count);
      break;
    case "gradient":
      gradient(context, op, now, before, count);
      break;
    case "map":
      for (let r = 0; r < count; r++) evaluate(context, op, now, before, r, op.writes);
      break;
    case "sum":
      sum(context, op, now, before, count);
      break;
    default:
      lookUp(context, op, now, before, count);
  }
}

interface Shape {
  readonly rows: number;
  readonly columns: number;
  readonly blocks: number;
}

function shapeOf(context: Context, panel: Panel): Shape {
  const { sizes } = context;
  return { rows: sizeOf(sizes, panel.rows), columns: sizeOf(sizes, panel.columns), blocks: blocksOf(sizes, panel) };
}

/** Calls `visit` for every number of the panel's k-th matrix: its row, its column, its place from the start of all. */
function eachWeight(
  context: Context,
  panel: Panel,
  k: number,
  visit: (row: number, column: number, position: number) => void,
): void {
  const { rows, columns, blocks } = shapeOf(context, panel);
  const { parameter, offset } = context.places.get(panel.parameters[k]!)!;
  const width = columns / blocks;
  for (let row = 0; row < rows; row++) {
    const first = Math.floor(row / (rows / blocks)) * width;
    for (let column = first; column < first + width; column++) {
      visit(row, column, offset + positionIn(parameter, context.sizes, row, column));
    }
  }
}

const partWidth = (context: Context, axis: Axis): number => (axis === "one" ? 1 : padded(sizeOf(context.sizes, axis)));

type Product = Op & { op: "product" };

function product(context: Context, op: Product, now: number, before: number, count: number): void {
  const { memory } = context;
  const { rows, columns } = shapeOf(context, op.panel);
  const width = partWidth(context, op.panel.rows);
  const isRounded = context.roundsOperands && canBeIntegers(columns);
  for (let r = 0; r < count; r++) {
    const into = context.address(op.into, now, before, r);
    const from = context.address(op.from, now, before, r);
    const row = memory.subarray(from, from + columns);
    const operand = isRounded ? roundValues(row) : row;
    op.panel.parameters.forEach((_, k) => {
      const bias = typeof op.start === "object" ? op.start.biases[k] : undefined;
      const biasAt = bias === undefined ? undefined : context.parameters + context.places.get(bias)!.offset;
      if (op.start !== "add") {
        for (let u = 0; u < rows; u++) memory[into + k * width + u] = biasAt === undefined ? 0 : memory[biasAt + u]!;
      }
      eachWeight(context, op.panel, k, (row, column, position) => {
        memory[into + k * width + row]! += memory[context.parameters + position]! * operand[column]!;
      });
    });
  }
}

function transposed(context: Context, op: Product, now: number, before: number, count: number): void {
  const { memory } = context;
  const { columns } = shapeOf(context, op.panel);
  const width = partWidth(context, op.panel.rows);
  for (let r = 0; r < count; r++) {
    const into = context.address(op.into, now, before, r);
    const from = context.address(op.from, now, before, r);
    if (op.start !== "add") memory.fill(0, into, into + columns);
    op.panel.parameters.forEach((_, k) => {
      eachWeight(context, op.panel, k, (row, column, position) => {
        memory[into + column]! += memory[context.parameters + position]! * memory[from + k * width + row]!;
      });
    });
  }
}

function gradient(context: Context, op: Op & { op: "gradient" }, now: number, before: number, count: number): void {
  const { memory } = context;
  const width = partWidth(context, op.panel.rows);
  for (let r = 0; r < count; r++) {
    const left = context.address(op.left, now, before, r);
    const right = context.address(op.right, now, before, r);
    op.panel.parameters.forEach((_, k) => {
      eachWeight(context, op.panel, k, (row, column, position) => {
        memory[context.gradients + position]! += memory[right + k * width + row]! * memory[left + column]!;
      });
    });
  }
}

function lookUp(
  context: Context,
  op: Op & { op: "gather" | "scatter" },
  now: number,
  before: number,
  count: number,
): void {
  const { memory } = context;
  const { parameter, offset } = context.places.get(op.table)!;
  const columns = sizeOf(context.sizes, parameter.columns);
  const table = (op.op === "gather" ? context.parameters : context.gradients) + offset;
  for (let r = 0; r < count; r++) {
    const id = memory[context.address(op.ids, now, before, r)]!;
    const row = context.address(op.rows, now, before, r);
    for (let u = 0; u < columns; u++) {
      const at = table + positionIn(parameter, context.sizes, id, u);
      if (op.op === "gather") memory[row + u] = memory[at]!;
      else memory[at]! += memory[row + u]!;
    }
  }
}

function sum(context: Context, op: Op & { op: "sum" }, now: number, before: number, count: number): void {
  const { parameter, offset } = context.places.get(op.into)!;
  const size = sizeOf(context.sizes, parameter.rows);
  for (let r = 0; r < count; r++) {
    const value = evaluate(context, op, now, before, r).at(-1)!;
    for (let u = 0; u < size; u++) {
      context.memory[context.gradients + offset + u]! += value[value.length === 1 ? 0 : u]!;
    }
  }
}

interface Code {
  readonly reads: readonly At[];
  readonly code: readonly Instruction[];
}

/** All values of a map for one row, each as long as its axis. */
function evaluate(
  context: Context,
  { reads, code }: Code,
  now: number,
  before: number,
  r: number,
  writes: readonly At[] = [],
): Float64Array[] {
  const { memory, sizes } = context;
  const values: Float64Array[] = [];
  const lane = (v: Float64Array, u: number): number => v[v.length === 1 ? 0 : u]!;
  const [low, high] = context.noise;
  for (const instruction of code) {
    const size = sizeOf(sizes, instruction.axis);
    const fill = (f: (u: number) => number): Float64Array => Float64Array.from({ length: size }, (_, u) => f(u));
    switch (instruction.op) {
      case "number":
        values.push(fill(() => instruction.value));
        break;
      case "size":
        values.push(fill(() => sizeOf(sizes, instruction.of)));
        break;
      case "read": {
        const address = context.address(reads[instruction.from]!, now, before, r);
        values.push(memory.slice(address, address + size));
        break;
      }
      case "unary": {
        const a = values[instruction.a]!;
        values.push(fill((u) => unary(instruction.function, lane(a, u))));
        break;
      }
      case "binary":
      case "equal": {
        const [a, b] = [values[instruction.a]!, values[instruction.b]!];
        if (instruction.op === "equal") values.push(fill((u) => (lane(a, u) === lane(b, u) ? 1 : 0)));
        else values.push(fill((u) => binary(instruction.function, lane(a, u), lane(b, u))));
        break;
      }
      case "sum": {
        const a = values[instruction.a]!;
        const cells = a.length / size;
        values.push(fill((u) => a.subarray(u * cells, (u + 1) * cells).reduce((x, y) => x + y, 0)));
        break;
      }
      case "largest":
        values.push(Float64Array.of(Math.max(...values[instruction.a]!)));
        break;
      case "expand": {
        const a = values[instruction.a]!;
        values.push(fill((u) => a[Math.floor((u * a.length) / size)]!));
        break;
      }
      case "lane":
        values.push(fill((u) => u));
        break;
      case "noise": {
        const { purpose, by } = instruction;
        const key = rowKey(low, high, purpose, by === undefined ? now + r : values[by]![0]!);
        values.push(fill((u) => uniform(key, u)));
        break;
      }
      case "write": {
        const address = context.address(writes[instruction.to]!, now, before, r);
        const a = values[instruction.a]!;
        for (let u = 0; u < size; u++) memory[address + u] = lane(a, u);
        values.push(a);
        break;
      }
    }
  }
  return values;
}

function unary(f: Unary, v: number): number {
  switch (f) {
    case "negative":
      return -v;
    case "sigmoid":
      return 1 / (1 + Math.exp(-v));
    case "tanh":
      return Math.tanh(v);
    case "relu":
      return v > 0 ? v : v === v ? 0 : v;
    case "softplus":
      return Math.max(v, 0) + Math.log1p(Math.exp(-Math.abs(v)));
    case "exp":
      return Math.exp(v);
    case "log":
      return Math.log(v);
    case "logsigmoid":
      return Math.min(v, 0) - Math.log1p(Math.exp(-Math.abs(v)));
    case "sqrt":
      return Math.sqrt(v);
    case "abs":
      return Math.abs(v);
    case "step":
      return v > 0 ? 1 : 0;
  }
}

function binary(f: Binary, a: number, b: number): number {
  switch (f) {
    case "add":
      return a + b;
    case "subtract":
      return a - b;
    case "multiply":
      return a * b;
    case "divide":
      return a / b;
    case "min":
      return Math.min(a, b);
    case "max":
      return Math.max(a, b);
  }
}
