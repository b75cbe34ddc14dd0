/**
 * Files from strangers: ten thousand damaged ones, sizes without end, and equations made to be dear. Each loads as
 * the same model or is refused with a FileError, at once and in little memory.
 */
import { describe, expect, test } from "vitest";
import { cell } from "../cell/cell.ts";
import { lstm } from "../cells/index.ts";
import { generator } from "../data/random.ts";
import { windows } from "../data/windows.ts";
import { FileError } from "../errors.ts";
import { dense, embedding, heads, recurrent, sequential } from "../layers/layers.ts";
import { type Checkpoint, checkpointFromBytes, checkpointToBytes } from "../train/checkpoint.ts";
import { crossEntropy } from "../train/losses.ts";
import { adam } from "../train/optimizers.ts";
import { train } from "../train/train.ts";
import { modelFrom } from "./bytes.ts";
import { createModel, type Model } from "./model.ts";
import { readSafetensors, withDigest, writeSafetensors } from "./safetensors.ts";
import { numbersOf, storedTensor } from "./safetensors-numbers.ts";
import { mutated, mutatedText, sealed } from "./testing.ts";

const MOST = 1000; // ms for any one file; on a busy machine the process' own time counts

async function timed<T>(work: () => Promise<T>): Promise<{ result: T; time: number }> {
  const [wall, own] = [performance.now(), process.cpuUsage()];
  const result = await work();
  const { user, system } = process.cpuUsage(own);
  return { result, time: Math.min(performance.now() - wall, (user + system) / 1000) };
}

/** The model, or why not; any other error is a fault. */
async function attempt(bytes: Uint8Array): Promise<Model | string> {
  try {
    return await modelFrom(bytes);
  } catch (error) {
    if (error instanceof FileError) return error.message;
    throw error;
  }
}

const ids = Uint32Array.from({ length: 60 }, (_, k) => (k * k) % 4);
const small = await createModel(
  sequential(embedding({ vocabulary: 4, size: 2 }), recurrent(lstm, { units: 3 }), dense({ units: 4 })),
  { seed: 2, facts: { vocabulary: ["a", "😀"] } },
);
const { checkpoint } = await train(small, windows(ids, { length: 5, batch: 2, carryState: true }), {
  loss: crossEntropy(),
  optimizer: adam({ learningRate: 1e-2 }),
  steps: 3,
});
const x = { values: ids.subarray(0, 6), shape: [1, 6] };
const headerLengthOf = (bytes: Uint8Array): number => Number(new DataView(bytes.buffer).getBigUint64(0, true));

describe("10,000 damaged files", () => {
  test("of a model: refused, or the very same model", { timeout: 120_000 }, async () => {
    const whole = small.toBytes();
    const random = generator(41, "damage");
    let refused = 0;
    for (let k = 0; k < 10_000; k++) {
      const got = await attempt(mutated(whole, headerLengthOf(whole), random));
      if (typeof got === "string") refused += 1;
      else expect(got.toBytes(), `mutation ${k}`).toEqual(whole);
    }
    expect(refused).toBeGreaterThan(9000);
  });

  test("of a model, each with a digest that fits: refused, or a model that runs", { timeout: 120_000 }, async () => {
    const whole = readSafetensors(small.toBytes());
    const random = generator(42, "damage");
    const counts = { refused: 0, loaded: 0 };
    const until = performance.now() + 20_000;
    for (let k = 0; k < 3000 && performance.now() < until; k++) {
      const names = [...whole.tensors.keys()];
      const name = names[random.integer(names.length)]!;
      const values = numbersOf(whole.tensors.get(name)!).slice(random.integer(8) === 0 ? 1 : 0) as Float32Array;
      values[random.integer(values.length)] = [0, 1e38, Number.NaN, 1e-45][random.integer(4)]!;
      const tensor =
        values.length > 0 && random.integer(3) === 0 ? { [name]: storedTensor(values, [values.length]) } : {};
      let bytes: Uint8Array;
      try {
        bytes = sealed(whole, tensor, (card) => {
          let text = JSON.stringify(card);
          for (let n = random.integer(3); n >= 0; n--) text = mutatedText(text, random);
          return text;
        });
      } catch (error) {
        if (error instanceof FileError) continue; // no text that a file can hold
        throw error;
      }
      const { result, time } = await timed(async () => attempt(bytes));
      expect(time, `mutation ${k}`).toBeLessThan(MOST);
      if (typeof result === "string") counts.refused += 1;
      else {
        counts.loaded += 1;
        await result.predict(x);
        expect((await modelFrom(result.toBytes())).architecture).toEqual(result.architecture);
        result.close();
      }
    }
    expect(counts.refused).toBeGreaterThan(300);
    expect(counts.loaded).toBeGreaterThan(30);
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });

  test("of a checkpoint: refused, or the very same checkpoint", { timeout: 120_000 }, () => {
    const whole = checkpointToBytes(checkpoint);
    const random = generator(43, "damage");
    let refused = 0;
    for (let k = 0; k < 10_000; k++) {
      const got = attemptCheckpoint(mutated(whole, headerLengthOf(whole), random));
      if (got === undefined) refused += 1;
      else expect(checkpointToBytes(got), `mutation ${k}`).toEqual(whole);
    }
    expect(refused).toBeGreaterThan(9000);
  });

  test("of a checkpoint, each with a digest that fits: refused, or one that can be written", () => {
    const { tensors, metadata } = readSafetensors(checkpointToBytes(checkpoint));
    const random = generator(44, "damage");
    let loaded = 0;
    for (let k = 0; k < 3000; k++) {
      const changed = new Map(tensors);
      const names = [...tensors.keys()];
      const name = names[random.integer(names.length)]!;
      if (random.integer(3) === 0) {
        changed.delete(name);
        changed.set(mutatedText(`"${name}"`, random), tensors.get(name)!);
      }
      const text = mutatedText(metadata.get("cellstate.checkpoint")!, random);
      const content = { tensors: changed, metadata: new Map([["cellstate.checkpoint", text]]) };
      let bytes: Uint8Array;
      try {
        bytes = writeSafetensors(withDigest(content));
      } catch (error) {
        if (error instanceof FileError) continue;
        throw error;
      }
      const got = attemptCheckpoint(bytes);
      if (got === undefined) continue;
      loaded += 1;
      expect(checkpointFromBytes(checkpointToBytes(got)), `mutation ${k}`).toEqual(got);
    }
    expect(loaded).toBeGreaterThan(100);
  });
});

function attemptCheckpoint(bytes: Uint8Array): Checkpoint | undefined {
  try {
    return checkpointFromBytes(bytes);
  } catch (error) {
    if (error instanceof FileError) return undefined;
    throw error;
  }
}

describe("an architecture without end", async () => {
  const units = 700; // 8 MB of weights
  const large = await createModel(sequential(recurrent(lstm, { units }), dense({ units: 2 })), { input: 2 });
  const whole = readSafetensors(large.toBytes());
  large.close();
  const size = [...whole.tensors.values()].reduce((sum, { bytes }) => sum + bytes.length, 0);
  const layers = (...all: unknown[]) => ({ kind: "sequential", layers: all });
  const first = JSON.parse(whole.metadata.get("cellstate")!).architecture.layers[0];
  const nested = (depth: number): unknown =>
    depth === 0 ? layers(first) : layers({ kind: "heads", branches: { a: nested(depth - 1) } });
  const none = { name: "None", text: "x : units\nh = x + h[t-1]" };

  test.each<[string, unknown]>([
    ["units", layers({ ...first, sizes: { units: 1e9 } })],
    ["units within the limit", layers({ ...first, sizes: { units: 2 ** 24 } })],
    ["layers", layers({ ...first, layers: 1e9 })],
    ["layers within the limit", layers({ ...first, layers: 128, direction: "both" })],
    ["a vocabulary", layers({ kind: "embedding", vocabulary: 2 ** 40, size: 4 })],
    ["a size that needs no weights", layers({ ...first, cell: none, sizes: { units: 2 ** 31 } })],
    [
      "an axis that needs no weights",
      layers({ ...first, cell: { name: "A", text: "h : b = expand(sum(x)) + h[t-1]" }, sizes: { units: 1, b: 1e12 } }),
    ],
    ["many small layers", layers(...Array.from({ length: 100_000 }, () => ({ kind: "dropout", rate: 0 })))],
    ["branches a thousand deep", nested(1000)],
    [
      "many branches",
      layers({
        kind: "heads",
        branches: Object.fromEntries(
          Array.from({ length: 20_000 }, (_, k) => [`a${k}`, layers({ kind: "dense", units: 1, activation: "none" })]),
        ),
      }),
    ],
    [
      "a key __proto__",
      JSON.parse(
        '{"kind":"sequential","layers":[{"kind":"heads","branches":{"__proto__":{"x":1}}}],"__proto__":{"x":1}}',
      ),
    ],
    ["a branch called constructor", layers({ kind: "heads", branches: { constructor: layers(first) } })],
  ])("%s: is refused at once, in little memory", async (_name, architecture) => {
    const bytes = sealed(whole, {}, (card) => ({ ...card, architecture }));
    const before = process.memoryUsage();
    const { result, time } = await timed(async () => attempt(bytes));
    const after = process.memoryUsage();
    expect(result).toMatch(/^(cellstate|dense|recurrent)\./);
    expect(time).toBeLessThan(MOST);
    // what has been collected meanwhile was smaller still
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(4 * size);
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });

  test("a file whose last weight is NaN is refused before an engine takes memory", async () => {
    const b = Float32Array.of(0, Number.NaN);
    const bytes = sealed(whole, { "dense.0.b": storedTensor(b, [2]) });
    const before = process.memoryUsage().arrayBuffers;
    expect(await attempt(bytes)).toContain("dense.0.b[1] is NaN");
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * size);
  });

  test("heads deep within the limit still load", async () => {
    const architecture = sequential(
      heads({ a: sequential(dense({ units: 1 }), heads({ b: sequential(dense({ units: 2 })) })) }),
    );
    const model = await createModel(architecture, { input: 1 });
    expect(model.parameters().map((p) => p.name)).toContain("heads.a.b.dense.0.W");
    expect((await modelFrom(model.toBytes())).parameters()).toEqual(model.parameters());
  });
});

test("equations of a file take the file's own cell, whatever its name", async () => {
  const model = await createModel(sequential(recurrent(cell("LSTM", "h = tanh(W_h @ x)"), { units: 2 })), { input: 1 });
  const again = await modelFrom(model.toBytes());
  expect(again.parameters().map((p) => p.name)).toEqual(["recurrent.0.forward.W_h"]);
});
