/** The fast mode: asked for by name, close to the strict one, and the strict one's bits stay what they are. */
import { expect, test } from "vitest";
import { lstm } from "../cells/lstm.ts";
import { dense, recurrent, sequential } from "../layers/layers.ts";
import { modelFrom } from "./bytes.ts";
import { createModel } from "./model.ts";
import { sequences } from "./sequences.ts";

const architecture = sequential(recurrent(lstm, { units: 24 }), dense({ units: 3 }));
const x = sequences([
  [[0.3], [-1], [0.7], [2]],
  [[-0.2], [0.5]],
]);

test("a model in fast mode predicts what a strict one does, to 1e-5", async () => {
  const strict = await createModel(architecture, { seed: 3, input: 1 });
  const fast = await createModel(architecture, { seed: 3, input: 1, mode: "fast" });
  const loaded = await modelFrom(strict.toBytes(), { mode: "fast" });
  expect(fast.parameters()).toEqual(strict.parameters());
  const expected = await strict.predict(x);
  const found = await fast.predict(x);
  expect(found.values.length).toBe(expected.values.length);
  found.values.forEach((value, k) => expect(Math.abs(value - expected.values[k]!)).toBeLessThan(1e-5));
  expect(await loaded.predict(x)).toEqual(found);
  for (const model of [strict, fast, loaded]) model.close();
});

test("another mode is refused", async () => {
  await expect(createModel(architecture, { input: 1, mode: "quick" as never })).rejects.toThrow(
    'createModel: mode is "quick"; expected one of "strict", "fast".',
  );
});
