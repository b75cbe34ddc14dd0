/**
 * Files from strangers whose sizes have no end, and what files may take: each is refused with a FileError, at once and in
 * little memory. Damage of all kinds: `tests/damage.test.ts`. Equations made to be dear: `hostile.test.ts`.
 */
import { describe, expect, test } from "vitest";
import { cell } from "../cell/cell.ts";
import { lstm } from "../cells/index.ts";
import { FileError } from "../errors.ts";
import { dense, heads, recurrent, sequential } from "../layers/layers.ts";
import { modelFrom } from "./bytes.ts";
import { createModel, type Model } from "./model.ts";
import { quantize } from "./quantize.ts";
import { readSafetensors } from "./safetensors.ts";
import { storedTensor } from "./safetensors-numbers.ts";
import { sealed } from "./testing.ts";
import { asking } from "./testingMemory.ts";

const PAGE = 65_536; // bytes; WebAssembly memory comes in pages
const SMALL = 100_000; // bytes of arrays that do not depend on the file's size
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

describe("an architecture without end", async () => {
  const units = 700; // 8 MB of weights
  const large = await createModel(sequential(recurrent(lstm, { units }), dense({ units: 2 })), { input: 2 });
  const whole = readSafetensors(large.toBytes());
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
    const { result: taken, bytes: asked } = await asking(() => timed(async () => attempt(bytes)));
    expect(taken.result).toMatch(/^(cellstate|dense|recurrent)\./);
    expect(taken.time).toBeLessThan(MOST);
    // nothing of the weights has been read, nothing been asked for in their place
    expect(asked).toBeLessThan(bytes.length - size + SMALL);
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });

  test("a file whose last weight is NaN is refused before an engine takes memory", async () => {
    const b = Float32Array.of(0, Number.NaN);
    const bytes = sealed(whole, { "dense.0.b": storedTensor(b, [2]) });
    const { result, bytes: asked } = await asking(() => attempt(bytes));
    expect(result).toContain("dense.0.b[1] is NaN");
    expect(asked).toBeLessThan(size + SMALL); // each weight is read once
  });

  test("files that load take at most four times what their numbers take as float32", async () => {
    const rounded = await quantize(large);
    for (const [bytes, share] of [
      [large.toBytes(), 3], // read; weights, gradients
      [large.toBytes({ precision: "f16" }), 6], // the same numbers, in half the bytes
      [rounded.toBytes(), 11], // read; as float32, twice; packed for the kernels
    ] as const) {
      const { result, bytes: asked } = await asking(() => modelFrom(bytes));
      result.close();
      expect(asked).toBeLessThan(4 * size + SMALL + PAGE);
      expect(Math.abs(asked / bytes.length - share)).toBeLessThan(0.3);
    }
    rounded.close();
    large.close();
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
