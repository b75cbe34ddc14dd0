/**
 * In which order a map's values can be known. A sum along the row needs all lanes of its operand, so what
 * depends on it has to wait for another loop along the row: a value's level counts the loops before it.
 */
import type { Instruction } from "../../cell/operations.ts";

export interface Levels {
  readonly level: readonly number[];
  /** The values that loops of later levels need and that are not cheap to compute again: kept in a scratch row. */
  readonly kept: ReadonlySet<number>;
  readonly last: number;
}

/** Is the value one number for the whole row? */
export const isSingle = (instruction: Instruction): boolean => instruction.axis === "one";

/** A constant needs no place: it is written where it is used. */
export const isConstant = (instruction: Instruction): boolean =>
  instruction.op === "number" || instruction.op === "size";

export function operandsOf(instruction: Instruction): number[] {
  switch (instruction.op) {
    case "number":
    case "size":
    case "read":
    case "lane":
    case "noise":
      return [];
    case "binary":
    case "equal":
      return [instruction.a, instruction.b];
    default:
      return [instruction.a];
  }
}

/** Does the instruction look along the row? */
export function isAlongRow(code: readonly Instruction[], instruction: Instruction): boolean {
  const { op } = instruction;
  return (op === "sum" || op === "largest" || op === "expand") && !isSingle(code[instruction.a]!);
}

/** How many instructions a value may take to be computed again rather than kept. */
const CHEAP = 3;

/** `overwritten`: is what is read here written by the same map? Then it cannot be read again. */
export function levelsOf(code: readonly Instruction[], overwritten: (read: number) => boolean): Levels {
  const level: number[] = [];
  const cost: number[] = [];
  code.forEach((instruction, i) => {
    const operands = operandsOf(instruction);
    const ready = Math.max(0, ...operands.map((a) => level[a]!));
    level[i] = isAlongRow(code, instruction) ? ready + 1 : ready;
    cost[i] = costOf(code, instruction, operands, cost, overwritten);
  });

  const kept = new Set<number>();
  /** Value v is wanted in the loops of a level: kept if it is from an earlier one, unless it is cheap. */
  const want = (v: number, at: number): void => {
    const instruction = code[v]!;
    if (isSingle(instruction) || isConstant(instruction) || level[v]! >= at) return;
    if (cost[v]! > CHEAP) kept.add(v);
    else for (const a of operandsOf(instruction)) want(a, at);
  };
  code.forEach((instruction, i) => {
    for (const a of operandsOf(instruction)) {
      if (!isAlongRow(code, instruction)) want(a, level[i]!);
      else if (needsRow(instruction)) kept.add(a).add(i);
      else want(a, level[i]! - 1);
    }
  });
  return { level, kept, last: Math.max(0, ...level) };
}

/** Sums into blocks and repetitions of blocks go from one scratch row to another. */
export const needsRow = (instruction: Instruction): boolean =>
  instruction.op === "expand" || (instruction.op === "sum" && !isSingle(instruction));

function costOf(
  code: readonly Instruction[],
  instruction: Instruction,
  operands: readonly number[],
  cost: readonly number[],
  overwritten: (read: number) => boolean,
): number {
  if (isSingle(instruction) || isConstant(instruction)) return 0;
  switch (instruction.op) {
    case "read":
      return overwritten(instruction.from) ? Number.POSITIVE_INFINITY : 1;
    case "lane":
      return 1;
    case "binary":
    case "equal":
      return 1 + operands.reduce((sum, a) => sum + cost[a]!, 0);
    default:
      return isAlongRow(code, instruction) || instruction.op !== "unary"
        ? Number.POSITIVE_INFINITY
        : (COSTS[instruction.function] ?? Number.POSITIVE_INFINITY) + cost[operands[0]!]!;
  }
}

const COSTS: Partial<Record<string, number>> = { negative: 1, abs: 1, relu: 1, step: 1 };
