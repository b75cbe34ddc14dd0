/** What a stream tells of the last layer's input: the bits that a trace has, and refusals. */
import { describe, expect, test } from "vitest";
import { lstm, lstmp } from "../cells/index.ts";
import { dense, dropout, embedding, heads, recurrent, sequential } from "../layers/layers.ts";
import { createModel } from "./model.ts";
import { sequences } from "./sequences.ts";

const ids = [3, 1, 4, 1, 5];

describe.each(["wasm", "reference"] as const)("a stream's features on %s", (engine) => {
  test.each([
    ["two layers", lstm, { units: 13, layers: 2 }, "recurrent.1", 13],
    ["a projection", lstmp, { units: 13, projection: 5 }, "recurrent.0", 5],
  ] as const)("are what the top layer shows, step by step: %s", async (_, cell, sizes, layer, H) => {
    const architecture = sequential(
      embedding({ vocabulary: 7, size: 3 }),
      recurrent(cell as typeof lstm, sizes as never),
      dropout({ rate: 0.4 }),
      heads({ next: sequential(dense({ units: 7 })), other: sequential(dense({ units: 2 })) }),
    );
    const model = await createModel(architecture, { seed: 2, engine });
    const h = (await model.trace(sequences([ids]))).get("h", { layer }).values;
    const stream = model.stream();
    const into = new Float32Array(H);
    ids.forEach((id, t) => {
      stream.step(id);
      expect([...stream.features()]).toEqual([...h.subarray(t * H, (t + 1) * H)]);
      expect(stream.features(into)).toBe(into);
      expect(into).toEqual(stream.features());
    });
    model.close();
  });
});

test("features of a single layer, or into an array of another length, are refused", async () => {
  const single = await createModel(sequential(embedding({ vocabulary: 7, size: 3 })));
  expect(() => single.stream().features()).toThrow(
    'stream.features: architecture is "a single layer"; expected a last layer above another',
  );
  const model = await createModel(sequential(recurrent(lstm, { units: 4 }), dense({ units: 2 })), { input: 3 });
  const stream = model.stream();
  expect(() => stream.features(new Float32Array(3))).toThrow("stream.features: into is [3]; expected [H=4]");
  stream.close();
  expect(() => stream.features()).toThrow("The stream has been closed");
  for (const one of [single, model]) one.close();
});
