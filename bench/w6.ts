/**
 * W6: any cell, W3 at H = 256, one of them typed in this file. What the graph makes fast for the LSTM it must make
 * fast for all: rates per FLOP, against the LSTM's.
 */
import {
  type Cell,
  cell,
  cifg,
  fgr,
  gru,
  layerNormLstm,
  lstm,
  peepholeLstm,
  printSchedule,
  schedule,
  slstm,
} from "cellstate";
import { secondsOf } from "./doer.ts";
import { interleave, type Setting, type Spread, short, spreadOf, spreadText, table } from "./measure.ts";
import { CHARACTERS } from "./tasks.ts";
import { flopsPerCharacter, openCharacters } from "./training.ts";

export const question = "W6: how fast do other cells train, per FLOP of the LSTM's?";

const UNITS = 256;
const TARGET = 0.85;

/** Nobody's cell: a leaky state whose leak follows from the input alone, read through a gate that sees it. */
const typed = cell(
  "Typed",
  `
  a = sigmoid(W_a @ x + b_a)                                 # leak
  u = tanh(W_u @ x + R_u @ h[t-1] + b_u)                     # candidate
  s = a * s[t-1] + (1 - a) * u                               # leaky state
  q = sigmoid(W_q @ x + R_q @ h[t-1] + p_q * s + b_q)        # what is read of it
  h = q * s + (1 - q) * relu(u)
`,
);

export const cells: Readonly<Record<string, Cell>> = {
  LSTM: lstm,
  peephole: peepholeLstm,
  "layer norm": layerNormLstm,
  CIFG: cifg,
  GRU: gru,
  sLSTM: slstm,
  FGR: fgr,
  "typed here": typed,
} as Record<string, Cell>;

export interface Relative {
  readonly name: string;
  /** Rate per FLOP, the LSTM's being 1. */
  readonly relative: Spread;
  /** Characters a second. */
  readonly rate: Spread;
  readonly flops: number;
}

export async function measure(isQuick: boolean): Promise<Relative[]> {
  const names = Object.keys(cells);
  const sizesOf = (name: string) => ({ units: UNITS, ...(name === "sLSTM" && { heads: 4 }) });
  const doers = await Promise.all(names.map((name) => openCharacters(cells[name]!, sizesOf(name))));
  const flops = names.map((name) => flopsPerCharacter(cells[name]!, sizesOf(name)));
  const updates = isQuick ? 8 : 16;
  const rates = await interleave(
    isQuick ? 3 : 7,
    names.map((name, k) => ({
      name,
      run: async () => (updates * CHARACTERS.batch * CHARACTERS.steps) / secondsOf(await doers[k]!.run(updates)),
    })),
  );
  for (const { close } of doers) close();
  return names.map((name, k) => {
    const cost = flops[k]! / flops[0]!;
    const relative = rates[name]!.map((rate, round) => (rate * cost) / rates["LSTM"]![round]!);
    return { name, relative: spreadOf(relative), rate: spreadOf(rates[name]!), flops: flops[k]! };
  });
}

export const heading = `H = ${UNITS}, otherwise as W3; FLOP: all products, forward and backward, of the cell's own schedule`;
export const head = ["cell", "rate per FLOP, LSTM = 1", "characters/s", "FLOP a character", "target"];

export const rowsOf = (measured: readonly Relative[]): string[][] =>
  measured.map(({ name, relative, rate, flops }) => {
    const target = name === "LSTM" ? "" : `≥ ${TARGET}: ${relative.median >= TARGET ? "yes" : "no"}`;
    return [name, spreadText(relative), spreadText(rate), `${short(flops / 1e6)}M`, target];
  });

/** How the cell typed above runs. */
export const typedSchedule = (): string =>
  printSchedule(schedule(typed), { input: CHARACTERS.embedding, units: UNITS });

export async function run({ isQuick }: Setting): Promise<void> {
  console.log(heading);
  table(head, rowsOf(await measure(isQuick)));
  if (!isQuick) console.log(`\n${typedSchedule()}`);
}
