/**
 * Maps that no cell's text says: losses, optimizers, norms. A formula collects instructions as it is written,
 * and ends as a schedule with one map, so that every engine runs it with what it has.
 */
import type { At, Axis, Binary, Buffer, Instruction, Schedule, Unary } from "./operations.ts";

/** The position of an instruction in its formula. */
export type Value = number;

export interface Formula {
  number(value: number): Value;
  /** A buffer that the caller places, one row for each row of the run. */
  read(name: string, axis?: Axis): Value;
  /** A number that is the same for all rows. */
  scalar(name: string): Value;
  /** A row that is the same for all rows. */
  vector(name: string): Value;
  unary(f: Unary, a: Value): Value;
  add(a: Value, b: Value): Value;
  subtract(a: Value, b: Value): Value;
  multiply(a: Value, b: Value): Value;
  divide(a: Value, b: Value): Value;
  min(a: Value, b: Value): Value;
  max(a: Value, b: Value): Value;
  /** Along the row, or along each of the blocks that `into` counts. */
  sum(a: Value, into?: Axis): Value;
  largest(a: Value): Value;
  /** A block's value for each of its lanes. */
  expand(a: Value): Value;
  /** The lane's own index. */
  lane(of?: Axis): Value;
  equal(a: Value, b: Value): Value;
  /** How many lanes there are. */
  size(of?: Axis): Value;
  write(name: string, a: Value, axis?: Axis): void;
  schedule(name: string): Schedule;
}

/** `axis` is the axis of the rows' lanes. */
export function formula(axis: Axis = "units"): Formula {
  const code: Instruction[] = [];
  const reads: At[] = [];
  const writes: At[] = [];
  const buffers = new Map<string, Buffer>();
  let isRow = false;

  const push = (instruction: Instruction): Value => code.push(instruction) - 1;
  const axisOf = (v: Value): Axis => code[v]!.axis;
  const joined = (a: Value, b: Value): Axis => (axisOf(a) === "one" ? axisOf(b) : axisOf(a));
  const binary = (f: Binary, a: Value, b: Value): Value =>
    push({ op: "binary", axis: joined(a, b), function: f, a, b });
  const buffer = (name: string, own: Axis, rows: Buffer["rows"], role: Buffer["role"]): void => {
    if (!buffers.has(name)) buffers.set(name, { name, axis: own, rows, role, storage: name, part: 0 });
  };
  const along = (op: "sum" | "largest" | "expand", a: Value, into: Axis): Value => {
    isRow = true;
    return push({ op, axis: into, a });
  };
  const always = (name: string, own: Axis): Value => {
    buffer(name, own, "always", "given");
    return push({ op: "read", axis: own, from: reads.push({ name, time: "always" }) - 1 });
  };
  return {
    number: (value) => push({ op: "number", axis: "one", value }),
    read(name, own = axis) {
      buffer(name, own, "rows", "given");
      return push({ op: "read", axis: own, from: reads.push({ name, time: "now" }) - 1 });
    },
    scalar: (name) => always(name, "one"),
    vector: (name) => always(name, axis),
    unary: (f, a) => push({ op: "unary", axis: axisOf(a), function: f, a }),
    add: (a, b) => binary("add", a, b),
    subtract: (a, b) => binary("subtract", a, b),
    multiply: (a, b) => binary("multiply", a, b),
    divide: (a, b) => binary("divide", a, b),
    min: (a, b) => binary("min", a, b),
    max: (a, b) => binary("max", a, b),
    sum: (a, into = "one") => along("sum", a, into),
    largest: (a) => along("largest", a, "one"),
    expand: (a) => along("expand", a, axis),
    lane: (of = axis) => push({ op: "lane", axis: of }),
    equal: (a, b) => push({ op: "equal", axis: joined(a, b), a, b }),
    size: (of = axis) => push({ op: "size", axis: "one", of }),
    write(name, a, own = axis) {
      buffer(name, own, "rows", "given");
      push({ op: "write", axis: own, to: writes.push({ name, time: "now" }) - 1, a });
    },
    schedule: (name) => ({
      name,
      buffers: [...buffers.values()],
      parameters: [],
      states: [],
      output: "",
      forward: {
        first: [],
        before: [{ op: "map", reads, writes, code, needs: isRow ? "row" : "lane" }],
        each: [],
        after: [],
        direction: 1,
      },
      linear: {},
    }),
  };
}
