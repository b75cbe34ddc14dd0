/** Values and errors as messages: nothing of them is lost between a page and its worker. */
import { expect, test } from "vitest";
import { CellError } from "./cell/errors.ts";
import { FileError, TrainingError } from "./errors.ts";
import { adam, adamW } from "./train/optimizers.ts";
import { cosine } from "./train/rates.ts";
import { buffersOf, packed, receivedError, sentError, unpacked } from "./workerMessages.ts";

test("errors keep class, fields, name, sentence and cause on their way", () => {
  const facts = {
    step: 3,
    layer: "recurrent.0",
    parameter: "W_f",
    given: "the loss is NaN",
    expected: "less",
    mend: "Try.",
  };
  const whole = { name: "c", text: "h = 1" };
  const errors = [
    new TrainingError(facts),
    new CellError({
      cell: whole,
      problem: "no state",
      at: { line: 1, column: 1, length: 1 } as never,
      mend: "add one",
    }),
    new FileError({ field: "header", given: 1, expected: "2", mend: "again.", cause: new Error("inner") }),
    new RangeError("too far"),
    Object.assign(new Error("plain"), { code: "EIO" }),
  ];
  for (const error of errors) {
    const received = receivedError(structuredClone(sentError(error)));
    expect(received.constructor).toBe(error.constructor);
    expect({ ...received }).toEqual({ ...error });
    expect([received.name, received.message, received.stack]).toEqual([error.name, error.message, error.stack]);
    expect((received.cause as Error | undefined)?.message).toBe((error.cause as Error | undefined)?.message);
  }
  const odd = receivedError(structuredClone(sentError(Object.assign(new Error("odd"), { given: () => 1 }))));
  expect(odd).toMatchObject({ message: "odd", given: "() => 1" });
});

test("what recipes made crosses as calls, inside one another and beside plain data", () => {
  const rate = cosine({ peak: 0.1, warmUp: 5 });
  const given = { list: [adam({ learningRate: rate }), 1, null], ids: [1, 2], map: new Map([[1, 2]]), none: undefined };
  const made = unpacked(structuredClone(packed(given, "f", "x")), { adam, cosine }) as typeof given;
  expect(made).toMatchObject({ ids: [1, 2], map: new Map([[1, 2]]), none: undefined });
  const [optimizer, ...rest] = made.list as [ReturnType<typeof adam>, ...unknown[]];
  expect(rest).toEqual([1, null]);
  expect([0, 3, 40].map((step) => optimizer.rate.at(step, 50))).toEqual([0, 3, 40].map((step) => rate.at(step, 50)));
  expect(optimizer.scalars(3, 0.1)).toEqual(adam({ learningRate: 0.1 }).scalars(3, 0.1));
  const unknown = packed(adamW({ learningRate: 0.1 }), "f", "x");
  expect(() => unpacked(unknown, { adam })).toThrow(/does not know adamW/);
  expect(() => unpacked({ ...(unknown as object), "cellstate recipe": "toString" }, { adam })).toThrow(/does not know/);
});

test("a small part of a large buffer goes alone, and only whole buffers are handed over", () => {
  const all = new Float32Array(1000);
  const part = packed(all.subarray(10, 13), "f", "x") as Float32Array;
  expect([part.length, part.buffer.byteLength]).toEqual([3, 12]);
  const inPool = Buffer.from(new ArrayBuffer(8192), 16, 5);
  expect((packed(inPool, "f", "x") as Uint8Array).buffer.byteLength).toBe(5);
  expect(packed(all.subarray(100), "f", "x")).toMatchObject({ buffer: all.buffer });
  const result = {
    values: all,
    outputs: { "": { values: all } },
    part: new Float32Array(8).subarray(1),
    shape: [1000],
  };
  expect([...buffersOf(result)]).toEqual([all.buffer]);
});
