/** Streams together: the bits of streams alone, in whatever groups they are due, and what is refused. */
import { describe, expect, test } from "vitest";
import { gru, layerNormLstm, lstm, minGru, slstm } from "../cells/index.ts";
import { generator } from "../data/random.ts";
import { dense, embedding, heads, inputs, recurrent, sequential } from "../layers/layers.ts";
import { createModel, type Model } from "./model.ts";

const architectures = {
  "ids, two layers": sequential(
    embedding({ vocabulary: 11, size: 5 }),
    recurrent(lstm, { units: 13, layers: 2 }),
    dense({ units: 4 }),
  ),
  values: sequential(recurrent(gru, { units: 9 }), recurrent(slstm, { units: 6, heads: 2 })),
  "layer norm and a scan": sequential(recurrent(layerNormLstm, { units: 10 }), recurrent(minGru, { units: 7 })),
};
const isIds = (name: string): boolean => name.startsWith("ids");

async function open(name: keyof typeof architectures, engine: "wasm" | "reference"): Promise<Model> {
  return createModel(architectures[name], { seed: 3, engine, ...(!isIds(name) && { input: 3 }) });
}

describe.each(["wasm", "reference"] as const)("on %s", (engine) => {
  test.each(Object.keys(architectures) as (keyof typeof architectures)[])(
    "a stream among others gives the bits that it gives alone: %s",
    async (name) => {
      const model = await open(name, engine);
      const count = engine === "wasm" ? 700 : 20; // more than one group
      const streams = model.streams(count);
      const random = generator(5, "streams");
      const watched = [0, 7, 12, count - 1];
      const alone = watched.map(() => model.stream());
      const width = isIds(name) ? 1 : 3;
      for (let round = 0; round < 6; round++) {
        const due = Array.from({ length: count }, (_, k) => count - 1 - k).filter(() => random.uniform() < 0.7);
        const x = Float64Array.from({ length: due.length * width }, () =>
          isIds(name) ? random.integer(11) : random.normal(),
        );
        const scores = await streams.step(due, x);
        const size = scores.length / due.length;
        watched.forEach((stream, n) => {
          const k = due.indexOf(stream);
          if (k < 0) return;
          const expected = alone[n]!.step(isIds(name) ? x[k]! : x.subarray(k * width, (k + 1) * width));
          expect([...scores.subarray(k * size, (k + 1) * size)]).toEqual([...expected]);
          expect(streams.state(stream)).toEqual(alone[n]!.state());
        });
      }
      model.close();
    },
  );
});

test("a stream's state can be put elsewhere, and a stream begins anew", async () => {
  const model = await open("ids, two layers", "wasm");
  const streams = model.streams(4);
  const first = await streams.step([2, 0], [5, 6]);
  await streams.step([2], [1]);
  streams.setState(3, streams.state(2));
  const [three, two] = [await streams.step([3], [9]), await streams.step([2], [9])];
  expect(three).toEqual(two);
  streams.reset(2);
  expect(await streams.step([2], [5])).toEqual(first.slice(0, 4));
  const single = model.stream();
  single.setState(streams.state(2));
  const next = single.step(8).slice();
  expect(await streams.step([2], [8])).toEqual(next);
  model.close();
});

test("several inputs and heads go by their names", async () => {
  const architecture = sequential(
    inputs({
      word: sequential(embedding({ vocabulary: 7, size: 3 })),
      price: sequential(recurrent(gru, { units: 4 })),
    }),
    recurrent(lstm, { units: 6 }),
    heads({ up: sequential(dense({ units: 2 })), down: sequential(dense({ units: 3 })) }),
  );
  const model = await createModel(architecture, { seed: 2, input: { price: 2 } });
  const streams = model.streams(5);
  const stream = model.stream();
  const price = [0.5, -1, 2, 0.25];
  const scores = await streams.step([4, 1], { word: [3, 6], price }, { output: "down" });
  const expected = stream.step({ word: 6, price: price.slice(2) }, undefined, "down");
  expect([...scores.subarray(3)]).toEqual([...expected]);
  await expect(streams.step([1], { word: [1], price: [1, 2] }, { output: "sideways" })).rejects.toThrow(
    "one of up, down",
  );
  await expect(streams.step([1], { word: [1] } as never)).rejects.toThrow("x.price");
  model.close();
});

test("what is no stream, no step or no longer open is refused, and nothing moves on", async () => {
  const model = await open("ids, two layers", "wasm");
  expect(() => model.streams(0)).toThrow("count is 0; expected a whole number from 1 to 16777216");
  const streams = model.streams(3);
  const before = streams.state(1);
  await expect(streams.step([1, 3], [1, 1])).rejects.toThrow("due[1] is 3; expected a stream's number, from 0 to 2");
  await expect(streams.step([1, 0, 1], [1, 1, 1])).rejects.toThrow("due[2] is 1; expected every stream at most once");
  for (const due of [null, 1] as never[]) {
    await expect(streams.step(due, [1])).rejects.toThrow(`due is ${due}; expected an array of streams' numbers`);
  }
  await expect(streams.step([1, 0], [1])).rejects.toThrow("x is [1]; expected [n=2]");
  await expect(streams.step([1], [11])).rejects.toThrow("an id, a whole number from 0 to 10");
  expect(() => streams.setState(1, { h: [1] })).toThrow("streams.setState");
  expect(streams.state(1)).toEqual(before);
  expect(await streams.step([], [])).toEqual(new Float32Array(0));
  streams.close();
  streams.close();
  await expect(streams.step([1], [1])).rejects.toThrow("The streams have been closed");
  model.close();
});
