/**
 * A map's instructions as the equations they came from: what is used once stands where it is used, what is
 * used again gets a name of its own (v₁, v₂, …), which no equation of a cell can hold.
 */
import type { At, Instruction } from "../operations.ts";
import type { Expression, FunctionName } from "../syntax.ts";
import { expressionText } from "../text.ts";

const at = { line: 0, column: 0, length: 0 };
const operators = { add: "+", subtract: "-", multiply: "*", divide: "/" } as const;

export interface Code {
  readonly reads: readonly At[];
  readonly writes?: readonly At[];
  readonly code: readonly Instruction[];
}

/** `h`, `h[t-1]`, `h[0]`. */
export const atText = ({ name, time }: At): string =>
  time === "before" ? `${name}[t-1]` : time === "first" ? `${name}[0]` : name;

const atom = (name: string): Expression => ({ kind: "name", name, previous: false, at });
const call = (name: string, parts: readonly Expression[], axis?: string): Expression => ({
  kind: "call",
  function: name as FunctionName,
  arguments: parts,
  ...(axis !== undefined && { axis }),
  at,
});

/** The map's equations, one a line; for the code of a sum, the last line is its value alone. */
export function mapEquations({ reads, writes = [], code }: Code): string[] {
  const uses = countUses(code);
  const lines: string[] = [];
  const values: Expression[] = [];
  let temporaries = 0;
  const say = (name: string, made: Expression): Expression => {
    lines.push(`${name} = ${expressionText(made)}`);
    return atom(name);
  };
  const isSame = (a: At, b: At): boolean => a.name === b.name && a.time === b.time;
  /** The last use of what was read of a value that this map overwrites. */
  const lastReadOf = (written: At): number =>
    code.reduce(
      (last, i, k) => (i.op === "read" && isSame(reads[i.from]!, written) ? Math.max(last, lastUse(k)) : last),
      -1,
    );
  /** The last instruction that holds this value, alone or inside an expression that has no name of its own. */
  function lastUse(k: number): number {
    const ends = uses[k]!.map((user) =>
      uses[user]!.length === 1 && code[user]!.op !== "write" ? lastUse(user) : user,
    );
    return Math.max(k, ...ends);
  }
  const said = new Set<number>();

  code.forEach((instruction, k) => {
    if (instruction.op === "write") {
      const of = values[instruction.a]!;
      const name = atText(writes[instruction.to]!);
      const written = said.has(k) ? of : say(name, of);
      if (of.kind !== "number") values[instruction.a] = written;
      values.push(written);
      return;
    }
    const made = expressionOf(instruction, values, reads);
    const isLeaf = made.kind === "name" || made.kind === "number" || instruction.op === "size";
    // A value that is written has that name from the start, unless an older value of the name is still wanted.
    const write = uses[k]!.find((user) => code[user]!.op === "write");
    const to = write === undefined ? undefined : writes[(code[write] as Instruction & { op: "write" }).to]!;
    if (write !== undefined && to !== undefined && !isLeaf && lastReadOf(to) <= k) {
      said.add(write);
      values.push(say(atText(to), made));
      return;
    }
    const isOverwritten =
      instruction.op === "read" &&
      code.some((i, j) => i.op === "write" && isSame(writes[i.to]!, reads[instruction.from]!) && lastUse(k) > j);
    const isNamed = isOverwritten || (uses[k]!.length > 1 && !isLeaf);
    values.push(isNamed ? say(`v${subscript(++temporaries)}`, made) : made);
  });
  if (writes.length === 0) lines.push(expressionText(values.at(-1)!));
  return lines;
}

export function operandsOf(instruction: Instruction): readonly number[] {
  switch (instruction.op) {
    case "unary":
    case "sum":
    case "largest":
    case "expand":
    case "write":
      return [instruction.a];
    case "binary":
    case "equal":
      return [instruction.a, instruction.b];
    case "noise":
      return instruction.by === undefined ? [] : [instruction.by];
    default:
      return [];
  }
}

function countUses(code: readonly Instruction[]): number[][] {
  const uses: number[][] = code.map(() => []);
  code.forEach((instruction, k) => {
    for (const a of operandsOf(instruction)) uses[a]!.push(k);
  });
  return uses;
}

function expressionOf(
  instruction: Exclude<Instruction, { op: "write" }>,
  values: readonly Expression[],
  reads: readonly At[],
): Expression {
  switch (instruction.op) {
    case "number":
      return { kind: "number", value: shortest(instruction.value), at };
    case "size":
      return call("size", [atom(instruction.of)]);
    case "read":
      return atom(atText(reads[instruction.from]!));
    case "unary": {
      const of = values[instruction.a]!;
      return instruction.function === "negative" ? { kind: "negative", of, at } : call(instruction.function, [of]);
    }
    case "binary": {
      const left = values[instruction.a]!;
      const right = values[instruction.b]!;
      const { function: f } = instruction;
      if (f === "min" || f === "max") return call(f, [left, right]);
      return { kind: "binary", operator: operators[f], left, right, at };
    }
    case "sum":
      return call("sum", [values[instruction.a]!], instruction.axis === "one" ? undefined : instruction.axis);
    case "largest":
      return call("largest", [values[instruction.a]!]);
    case "expand":
      return call("expand", [values[instruction.a]!]);
    case "lane":
      return atom("lane");
    case "equal":
      return call("equal", [values[instruction.a]!, values[instruction.b]!]);
    case "noise":
      return call("noise", [
        { kind: "number", value: instruction.purpose, at },
        ...(instruction.by === undefined ? [] : [values[instruction.by]!]),
      ]);
  }
}

/** A float32 in as few digits as tell it from its neighbours. */
function shortest(value: number): number {
  if (Math.fround(value) !== value) return value;
  return [6, 7, 8].map((digits) => Number(value.toPrecision(digits))).find((v) => Math.fround(v) === value) ?? value;
}

const subscript = (n: number): string => String(n).replace(/\d/g, (d) => String.fromCharCode(0x2080 + Number(d)));
