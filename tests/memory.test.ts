/**
 * Nothing grows: not WebAssembly's memory, not the heap, over ten thousand updates, a hundred thousand streamed steps,
 * and streams that come and go.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import {
  adam,
  createModel,
  crossEntropy,
  dense,
  embedding,
  lstm,
  type Model,
  recurrent,
  sequential,
  train,
  windows,
} from "cellstate";
import { expect, test } from "vitest";
import { internalsOf } from "../packages/cellstate/src/model/model.ts";

const VOCABULARY = 11;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

interface Use {
  /** WebAssembly's memory of this model, bytes. */
  readonly wasm: number;
  /** What JavaScript holds after everything unused has been collected, with its buffers; bytes. */
  readonly held: number;
}

function use(model: Model): Use {
  collect();
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return { wasm: internalsOf(model).core().space.bytes, held: heapUsed + arrayBuffers };
}

const smallModel = (): Promise<Model> =>
  createModel(
    sequential(
      embedding({ vocabulary: VOCABULARY, size: 8 }),
      recurrent(lstm, { units: 16, dropout: 0.1, layers: 2 }),
      dense({ units: VOCABULARY }),
    ),
    { seed: 1 },
  );

/** What V8 notes about code as it becomes hot, and a record for every epoch; an object for every update is more. */
const SLACK = 300_000; // bytes

test("10,000 updates take no more memory than 3,000", { timeout: 120_000 }, async () => {
  const model = await smallModel();
  const ids = Uint32Array.from({ length: 1601 }, (_, n) => (n * n) % VOCABULARY);
  const seen: Use[] = [];
  await train(model, windows(ids, { length: 4, batch: 4, carryState: true }), {
    loss: crossEntropy(),
    optimizer: adam({ learningRate: 1e-3 }),
    clipNorm: 1,
    steps: 10_000,
    onProgress: ({ step }) => {
      if (step === 10 || step === 3000 || step === 10_000) seen.push(use(model));
    },
  });
  const [start, early, late] = seen as [Use, Use, Use];
  expect([early.wasm, late.wasm]).toEqual([start.wasm, start.wasm]);
  expect(late.held - early.held).toBeLessThan(SLACK);
  model.close();
});

test("1,000,000 streamed steps allocate nothing", { timeout: 120_000 }, async () => {
  const model = await smallModel();
  const stream = model.stream();
  const walk = (steps: number): void => {
    for (let n = 0; n < steps; n++) stream.step(n % VOCABULARY);
  };
  walk(200_000); // until code is hot
  const before = use(model);
  const heap = process.memoryUsage().heapUsed;
  walk(1_000_000);
  // Nothing has been collected meanwhile, or there would be less: one number in an object a step is 16 MB.
  expect(process.memoryUsage().heapUsed - heap).toBeLessThan(SLACK);
  const after = use(model);
  expect(after.wasm).toBe(before.wasm);
  expect(Math.abs(after.held - before.held)).toBeLessThan(SLACK);
  model.close();
});

test("1,000 streams, opened and closed one after the other, take no more memory than 10", async () => {
  const model = await smallModel();
  const openAndClose = (times: number): Use => {
    for (let n = 0; n < times; n++) {
      const stream = model.stream();
      stream.step(1);
      stream.close();
    }
    return use(model);
  };
  const start = openAndClose(10);
  const early = openAndClose(90);
  const late = openAndClose(900);
  expect([early.wasm, late.wasm]).toEqual([start.wasm, start.wasm]);
  // An open stream holds some 40 KB: 25 forgotten ones would show.
  expect(late.held - early.held).toBeLessThan(1_000_000);
  model.close();
});

test("predictions of ever other lengths take no more memory than the longest", async () => {
  const model = await smallModel();
  const predict = async (steps: number): Promise<void> => {
    const values = Uint32Array.from({ length: 3 * steps }, (_, n) => n % VOCABULARY);
    await model.predict({ values, shape: [3, steps] });
  };
  await predict(200);
  const start = use(model);
  for (let n = 0; n < 400; n++) await predict(1 + ((n * 37) % 200));
  const late = use(model);
  expect(late.wasm).toBe(start.wasm);
  expect(late.held - start.held).toBeLessThan(SLACK);
  model.close();
});
