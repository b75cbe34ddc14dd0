import { expect, test } from "vitest";
import { AbortedError, ArgumentError, CellstateError, FileError, ShapeError, TrainingError } from "./errors.ts";

test("a shape error's sentence has what was given, what was expected and the mend", () => {
  const error = new ShapeError({
    where: "model.predict",
    argument: "x",
    given: [32, 28],
    expected: ["B", "T", "I=28"],
    mend: "x has no time axis; for one step use model.stream().step(x).",
  });
  expect(error.message).toMatchInlineSnapshot(`
    "model.predict: x is [32, 28]; expected [B, T, I=28].
      x has no time axis; for one step use model.stream().step(x)."
  `);
  expect(error).toBeInstanceOf(CellstateError);
  expect(error).toMatchObject({ name: "ShapeError", code: "shape", argument: "x", given: [32, 28] });
});

test("an argument error shows any value in a line", () => {
  const given = (value: unknown): string =>
    new ArgumentError({ where: "f", argument: "a", given: value, expected: "b", mend: "c" }).message;
  expect(given("x")).toBe('f: a is "x"; expected b.\n  c');
  expect(given(undefined)).toContain("a is undefined;");
  expect(given([1, [2, "z"]])).toContain('a is [1, [2, "z"]];');
  expect(given(Array(20).fill(0))).toContain("0, …];");
  expect(given({ deep: { er: 1 } })).toContain("a is { deep };");
  expect(given(new Uint8Array(5))).toContain("Uint8Array of 5 bytes");
  expect(given(Object.create(null))).toContain("{  }");
  expect(given(Symbol("s"))).toContain("Symbol(s)");
  expect(given("y".repeat(1000)).length).toBeLessThan(200);
});

test("a file error names the file, its field and its cause", () => {
  const cause = new Error("low");
  const facts = { field: "header length", given: 7, expected: "8", mend: "m", cause };
  expect(new FileError({ file: "a.safetensors", ...facts }).message).toBe(
    "a.safetensors: header length is 7; expected 8.\n  m",
  );
  expect(new FileError(facts)).toMatchObject({ name: "FileError", code: "file", file: undefined, cause });
});

test("a training error names step, layer and parameter", () => {
  const facts = { given: "the gradient is NaN", expected: "finite numbers", mend: "lower the learning rate." };
  expect(new TrainingError({ step: 12, layer: "recurrent.0", parameter: "forward.R_f", ...facts }).message).toBe(
    "train, step 12, recurrent.0.forward.R_f: the gradient is NaN; expected finite numbers.\n  lower the learning rate.",
  );
  expect(new TrainingError({ step: 0, ...facts }).message).toContain("train, step 0: the gradient");
});

test("an aborted call has the name that the platform gives such errors", () => {
  const reason = new Error("user left");
  expect(new AbortedError("train", reason)).toMatchObject({ name: "AbortError", code: "aborted", cause: reason });
});
