/**
 * The given weights of an LSTM layer as others keep them: the gates' matrices one below the other, in an order of
 * their own. Gates are named as in the equations: i input, f forget, g candidate, o output.
 */
import type { Given, Values } from "../given.ts";

const stacked = (given: Given, role: string, index: number, gates: string): Values => {
  const parts = [...gates].map((gate) => given[`recurrent.${index}.forward.${role}_${gate}`]!);
  const size = parts[0]!.values.length;
  const values = new Float32Array(parts.length * size);
  parts.forEach((part, n) => {
    values.set(part.values, n * size);
  });
  const [rows, ...rest] = parts[0]!.shape;
  return { shape: [parts.length * rows!, ...rest], values };
};

/** W, `[4·H, I]`. */
export const inputsOf = (given: Given, index: number, gates: string): Values => stacked(given, "W", index, gates);
/** R, `[4·H, H]`. */
export const recurrentOf = (given: Given, index: number, gates: string): Values => stacked(given, "R", index, gates);
/** b, `[4·H]`. */
export const biasOf = (given: Given, index: number, gates: string): Values => stacked(given, "b", index, gates);

export function transposed({ shape, values }: Values): Values {
  const [rows, columns] = shape as [number, number];
  const turned = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) turned[column * rows + row] = values[row * columns + column]!;
  }
  return { shape: [columns, rows], values: turned };
}
