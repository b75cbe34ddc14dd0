/**
 * What everybody who is measured is given: the same weights, under this library's names, and the same data. Made from
 * a seed, written as one file of float32 numbers and one that says what is where, so that Python reads it as well.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { generator } from "cellstate";
import { CHARACTERS, FORECAST, FORWARD, type Task, VARIETY } from "./tasks.ts";

export interface Values {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** Parameters by their names; `x` and, for training, `y`, which hold all batches one after the other. */
export type Given = Readonly<Record<string, Values>>;

const GATES = ["f", "i", "g", "o"];

export function makeGiven(task: Task): Given {
  const random = generator(1, "bench");
  const fill = (shape: readonly number[], next: () => number): Values => {
    const count = shape.reduce((product, size) => product * size, 1);
    return { shape, values: Float32Array.from({ length: count }, next) };
  };
  const normal = (...shape: number[]): Values => fill(shape, () => random.normal());
  const small = (bound: number, ...shape: number[]): Values => fill(shape, () => bound * (2 * random.uniform() - 1));
  const ids = (...shape: number[]): Values => fill(shape, () => random.integer(CHARACTERS.vocabulary));
  const { units } = task;
  const bound = 1 / Math.sqrt(units);
  const layer = (index: number, inputs: number): Record<string, Values> =>
    Object.fromEntries(
      GATES.flatMap((gate) => [
        [`recurrent.${index}.forward.W_${gate}`, small(bound, units, inputs)],
        [`recurrent.${index}.forward.R_${gate}`, small(bound, units, units)],
        [`recurrent.${index}.forward.b_${gate}`, small(bound, units)],
      ]),
    );
  const dense = (outputs: number): Record<string, Values> => ({
    "dense.0.W": small(bound, outputs, units),
    "dense.0.b": small(bound, outputs),
  });
  switch (task.kind) {
    case "step":
      return { x: normal(VARIETY.step, units), ...layer(0, units) };
    case "forward":
      return { x: normal(FORWARD.batch, FORWARD.steps, units), ...layer(0, units) };
    case "forecast": {
      const rows = VARIETY.batches * FORECAST.batch;
      const data = { x: normal(rows, FORECAST.steps, 1), y: normal(rows, 1) };
      return { ...data, ...layer(0, 1), ...dense(1) };
    }
    case "characters": {
      const { batch, steps, vocabulary, embedding } = CHARACTERS;
      const rows = VARIETY.batches * batch;
      const data = { x: ids(rows, steps), y: ids(rows, steps), "embedding.0.W": normal(vocabulary, embedding) };
      const second = task.layers > 1 ? layer(1, units) : {};
      return { ...data, ...layer(0, embedding), ...second, ...dense(vocabulary) };
    }
  }
}

/** What is given without the data: `model.setParameters` takes it. */
export const parametersIn = (given: Given): Record<string, Float32Array> =>
  Object.fromEntries(
    Object.entries(given)
      .filter(([name]) => name.includes("."))
      .map(([name, { values }]) => [name, values]),
  );

export function writeGiven(folder: string, given: Given): void {
  const entries = Object.entries(given);
  let offset = 0;
  const index = entries.map(([name, { shape, values }]) => {
    const start = offset;
    offset += values.length;
    return { name, shape, start };
  });
  const all = new Float32Array(offset);
  entries.forEach(([, { values }], n) => {
    all.set(values, index[n]!.start);
  });
  writeFileSync(join(folder, "given.bin"), new Uint8Array(all.buffer));
  writeFileSync(join(folder, "given.json"), JSON.stringify(index));
}

export function readGiven(folder: string): Given {
  const bytes = readFileSync(join(folder, "given.bin"));
  const all = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  const index = JSON.parse(readFileSync(join(folder, "given.json"), "utf8")) as {
    name: string;
    shape: number[];
    start: number;
  }[];
  return Object.fromEntries(
    index.map(({ name, shape, start }) => {
      const count = shape.reduce((product, size) => product * size, 1);
      return [name, { shape, values: all.subarray(start, start + count) }];
    }),
  );
}
