/**
 * Updates of embeddings whose entries are mostly not asked for: what is left out changes no bit, whatever the
 * optimizer, and nothing is left over from one batch to the next.
 */
import { describe, expect, test } from "vitest";
import { gru } from "../cells/index.ts";
import { generator } from "../data/random.ts";
import { windows } from "../data/windows.ts";
import { dense, embedding, recurrent, sequential } from "../layers/layers.ts";
import { createModel, internalsOf, type Model } from "../model/model.ts";
import type { Sequences } from "../model/sequences.ts";
import { createTouched, spansIn } from "../model/touched.ts";
import { crossEntropy } from "./losses.ts";
import { adam, adamW, type Optimizer, rmsProp, sgd } from "./optimizers.ts";
import { createSession } from "./session.ts";
import { createUpdater } from "./update.ts";

const VOCABULARY = 9000; // of 8 numbers: 71 rows of 1,024
const STEPS = 7;

const random = generator(1, "ids");
/** Batches of 2 × 5 ids that meet again now and then. */
const ids = Uint32Array.from({ length: 2 * 5 * STEPS + 1 }, () => 900 * random.integer(10) + random.integer(20));
const targets = Uint32Array.from(ids, (id) => id % 3);
const data = windows(ids, { length: 5, batch: 2 });
const batchOf = (step: number) => {
  const { x, firstStep } = data.batch(0, step, 0);
  return { x, firstStep, targets: { values: Array.from({ length: 10 }, (_, k) => targets[k]!), shape: [2, 5] } };
};

const make = (engine: "wasm" | "reference" = "wasm"): Promise<Model> => {
  const layers = [embedding({ vocabulary: VOCABULARY, size: 8 }), recurrent(gru, { units: 6 }), dense({ units: 3 })];
  return createModel(sequential(...layers), { seed: 2, engine });
};

const optimizers: Record<string, Optimizer> = {
  sgd: sgd({ learningRate: 0.5 }),
  "sgd with momentum": sgd({ learningRate: 0.2, momentum: 0.9 }),
  adam: adam({ learningRate: 0.1 }),
  adamW: adamW({ learningRate: 0.1, weightDecay: 0.3 }),
  "rmsProp that decays no embedding": rmsProp({ learningRate: 0.1, momentum: 0.5, weightDecay: { R: 0.2, b: 0.1 } }),
};
const options = (step: number) => ({ step, seed: 1, learningRate: 0.1, clipNorm: 0.05, carry: false });

describe.each(["wasm", "reference"] as const)("on %s", (engine) => {
  test.each(Object.entries(optimizers))(
    "%s: the bits are those of a training that visits all",
    async (_, optimizer) => {
      const [some, all] = [await make(engine), await make(engine)];
      const cores = [some, all].map((model) => internalsOf(model).core());
      const visitor = { ...optimizer, rests: false };
      const sessions = [
        createSession(cores[0]!, crossEntropy(), optimizer),
        createSession(cores[1]!, crossEntropy(), visitor),
      ];
      for (let step = 0; step < STEPS; step++) {
        const [a, b] = await Promise.all(sessions.map((session) => session.step([batchOf(step)], options(step))));
        expect(a).toEqual(b);
      }
      expect(await sessions[0]!.parameters()).toEqual(await sessions[1]!.parameters());
      expect(await sessions[0]!.pointOf(sessions[0]!.mark())).toEqual(await sessions[1]!.pointOf(sessions[1]!.mark()));
      for (const session of sessions) session.close();
      some.close();
      all.close();
    },
  );
});

test("after every step the gradients hold that batch's and nothing else, and the norm is that of all", async () => {
  const model = await make();
  const core = internalsOf(model).core();
  const session = createSession(core, crossEntropy(), sgd({ learningRate: 0.1 }));
  const whole = createUpdater(core, sgd({ learningRate: 0.1 }));
  for (let step = 0; step < STEPS; step++) {
    const { gradientNorm } = await session.step([batchOf(step)], options(step));
    expect(whole.norm()).toBe(gradientNorm);
    const left = core.space.floats(core.parameters.gradients).slice();
    const entries = new Set(Array.from((batchOf(step).x as Sequences).values));
    for (let id = 0; id < VOCABULARY; id++) {
      if (!entries.has(id)) expect(left.subarray(id * 8, id * 8 + 8).every((v) => v === 0)).toBe(true);
    }
    // asked for in between, as from a callback of a training
    if (step === 3) await model.gradients(batchOf(5).x, batchOf(5).targets, crossEntropy());
  }
  whole.close();
  session.close();
  model.close();
});

test("of a large table few rows are gone through; few untouched ones between two are taken along", async () => {
  const model = await make();
  const core = internalsOf(model).core();
  const runner = core.newRunner({ batch: 1, rows: 3 }, { backward: false });
  const stage = core.plan.stages[0]!;
  core.space.floats({ address: runner.value(stage.from as number).address, length: 3 }).set([0, 130, 5000]);
  const rows = core.parameters.region.length / 1024;
  const marks = createTouched(core)(runner, 3);
  // 128 entries a row: 0, 1 and 39; the last row but one holds the table's end and the next layer's begin
  expect([...marks.keys()].filter((row) => marks[row] === 1)).toEqual([0, 1, 39, ...[70, 71].slice(0, rows - 70)]);
  expect(spansIn(Uint8Array.of(0, 1, 0, 0, 1, 1, 0, 0, 0, 1))).toEqual([
    { from: 1, count: 5 },
    { from: 9, count: 1 },
  ]);
  runner.close();
  model.close();
});

test("what moves without a gradient is never left out", () => {
  expect([adam({ learningRate: 1 }), sgd({ learningRate: 1, momentum: 0.5 })].map((o) => o.rests)).toEqual([
    true,
    true,
  ]);
  // 0 / 0
  expect(() => adam({ learningRate: 1, epsilon: 0 })).toThrow("adam: epsilon is 0; expected a number above 0.");
});
