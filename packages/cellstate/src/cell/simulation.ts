/**
 * A schedule run without numbers, for tests: every place remembers which value was last put there, so that a read
 * of a value that is missing, overwritten or not yet whole is seen. What a value is worth is the engines' affair.
 */
import type { At, Instruction, MapOp, Op, Schedule } from "./operations.ts";
import { operandsOf } from "./print/formulas.ts";

const STEPS = 3;

/** Runs a schedule of one sequence and three steps, and returns all that goes wrong. */
export function simulate(made: Schedule): string[] {
  const wrong: string[] = [];
  const buffers = new Map(made.buffers.map((b) => [b.name, b]));
  const parameters = new Set(made.parameters.map((p) => p.name));
  const held = new Map<string, string>();
  const writesLeft = new Map<string, number>();
  let now = "";

  const rowOf = (at: At, t: number): number => (at.time === "first" ? -1 : at.time === "before" ? t - 1 : t);
  const placeOf = (at: At, row: number): string => {
    const b = buffers.get(at.name)!;
    return `${b.storage} ${b.part} ${b.rows === "rows" || b.rows === "state" ? row : b.rows}`;
  };
  const valueName = (name: string, row: number): string => `${name} of step ${row}`;
  /** An adjoint from the step after is the one that step t + 1 has written, until this step writes its own. */
  const expected = (at: At, t: number, own: boolean): string => {
    const isCarried = buffers.get(at.name)!.rows === "carried";
    return valueName(at.name, isCarried && !own ? t + 1 : rowOf(at, t));
  };
  /** All parts of a wide operand, by the names of the same pass. */
  const wide = (at: At, count: number): At[] => {
    const first = buffers.get(at.name)!;
    return Array.from({ length: count }, (_, k) => {
      if (k === 0) return at;
      const here = made.buffers.filter((b) => b.storage === first.storage && b.part === first.part + k);
      const family = here.filter((b) => b.name.startsWith("δ") === at.name.startsWith("δ"));
      const name = (family.find((b) => b.name.startsWith("Σ")) ?? family[0])?.name;
      if (name === undefined) wrong.push(`${now}: nothing lies ${k} parts after ${at.name}`);
      return { name: name ?? at.name, time: at.time };
    });
  };
  const read = (at: At, t: number, own = false): void => {
    if (at.time === "always") {
      if (!parameters.has(at.name)) wrong.push(`${now}: ${at.name} is no parameter`);
      return;
    }
    const wanted = expected(at, t, own);
    const found = held.get(placeOf(at, rowOf(at, t)));
    if (found !== wanted) wrong.push(`${now}: wants ${wanted}, finds ${found ?? "nothing"}`);
    const left = writesLeft.get(wanted) ?? 0;
    if (!own && left > 0) wrong.push(`${now}: reads ${wanted} before its last ${left} products`);
  };
  const write = (at: At, t: number): void => {
    const row = rowOf(at, t);
    held.set(placeOf(at, row), valueName(at.name, row));
  };

  function run(op: Op, t: number): void {
    now = `${op.op} at step ${t}`;
    if (op.op === "product") {
      const count = op.panel.parameters.length;
      const into = op.transposed ? [op.into] : wide(op.into, count);
      const from = op.transposed ? wide(op.from, count) : [op.from];
      for (const at of from) read(at, t);
      for (const at of into) {
        const value = valueName(at.name, rowOf(at, t));
        if (op.start === "add") read(at, t, true);
        else if (held.get(placeOf(at, rowOf(at, t))) === value) wrong.push(`${now}: ${value} is written twice`);
        if (from.some((f) => placeOf(f, rowOf(f, t)) === placeOf(at, rowOf(at, t))))
          wrong.push(`${now}: works in place`);
        write(at, t);
        writesLeft.set(value, (writesLeft.get(value) ?? 0) - 1);
      }
    } else if (op.op === "gradient") {
      read(op.left, t);
      for (const at of wide(op.right, op.panel.parameters.length)) read(at, t);
    } else if (op.op === "sum") for (const at of op.reads) read(at, t);
    else if (op.op === "map") {
      for (const instruction of op.code) {
        if (instruction.op === "read") {
          const at = op.reads[instruction.from]!;
          const copied =
            isCopied(op, op.code.indexOf(instruction)) && held.get(placeOf(at, t)) === valueName(at.name, t);
          read(at, t, copied);
        }
        if (instruction.op !== "write") continue;
        const at = op.writes[instruction.to]!;
        const value = valueName(at.name, rowOf(at, t));
        if (held.get(placeOf(at, rowOf(at, t))) === value) wrong.push(`${now}: ${value} is written twice`);
        write(at, t);
      }
    }
  }
  /** Two states with one adjoint: the second one is this step's first, and no older value is meant. */
  function isCopied(op: MapOp, position: number): boolean {
    const users = op.code.filter((i) => operandsOf(i).includes(position));
    const isCarried = (i: Instruction): boolean =>
      i.op === "write" && buffers.get(op.writes[i.to]!.name)!.rows === "carried";
    return users.length > 0 && users.every(isCarried);
  }
  /** Adding products come after a value's first write; nobody else may read it before the last of them. */
  function expectProducts(ops: readonly Op[], rows: readonly number[]): void {
    for (const op of ops) {
      if (op.op !== "product") continue;
      const into = op.transposed ? [op.into] : wide(op.into, op.panel.parameters.length);
      for (const at of into) {
        for (const t of rows) {
          const value = valueName(at.name, rowOf(at, t));
          writesLeft.set(value, (writesLeft.get(value) ?? 0) + 1);
        }
      }
    }
  }

  const steps = Array.from({ length: STEPS }, (_, t) => t);
  for (const b of made.buffers) {
    for (const t of steps)
      if (b.role === "given") held.set(placeOf({ name: b.name, time: "now" }, t), valueName(b.name, t));
    if (b.rows === "carried") held.set(placeOf({ name: b.name, time: "now" }, 0), valueName(b.name, STEPS));
  }
  for (const pass of [made.forward, ...(made.backward ? [made.backward] : [])]) {
    expectProducts([...pass.before, ...pass.each, ...pass.after], steps);
    if (pass.direction === 1) for (const op of pass.first) run(op, -1);
    for (const op of pass.before) for (const t of steps) run(op, t);
    for (const t of pass.direction === 1 ? steps : [...steps].reverse()) for (const op of pass.each) run(op, t);
    for (const op of pass.after) for (const t of steps) run(op, t);
    if (pass.direction === -1) for (const op of pass.first) run(op, -1);
    const open = [...writesLeft].filter(([, left]) => left !== 0);
    if (open.length > 0) wrong.push(`products are missing for ${open.map(([value]) => value).join(", ")}`);
  }
  for (const { name, rows, role } of made.buffers) {
    if (role !== "result" && role !== "kept") continue;
    if (rows === "carried" || made.backward === undefined) continue;
    if (name.startsWith("δ")) for (const t of steps) read({ name, time: "now" }, t);
  }
  return wrong;
}
