import { expect, test } from "vitest";
import { checkSequences, type Sequences, sequences } from "./sequences.ts";

test("ragged ids are padded with 0 and their lengths set", () => {
  expect(sequences([[3, 1, 4], [1, 5], Uint32Array.of(9)])).toEqual({
    values: Uint32Array.of(3, 1, 4, 1, 5, 0, 9, 0, 0),
    shape: [3, 3],
    lengths: Uint32Array.of(3, 2, 1),
  });
});

test("rows of one length have no lengths", () => {
  expect(
    sequences([
      [1, 2],
      [3, 4],
    ]),
  ).toEqual({ values: Uint32Array.of(1, 2, 3, 4), shape: [2, 2] });
});

test("values keep their full precision, and steps of several values lie one after the other", () => {
  expect(
    sequences([
      [
        [0.1, 2],
        [3, 4],
      ],
      [[5, 6]],
    ]),
  ).toEqual({
    values: Float64Array.of(0.1, 2, 3, 4, 5, 6, 0, 0),
    shape: [2, 2, 2],
    lengths: Uint32Array.of(2, 1),
  });
  expect(sequences([[1, -2]]).values).toEqual(Float64Array.of(1, -2));
  expect(sequences([[[7]]]).shape).toEqual([1, 1, 1]);
});

const hostile = (rows: unknown): string => {
  try {
    sequences(rows as number[][]);
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
  return "accepted";
};

test("rows that are none are refused with their place", () => {
  expect(hostile([])).toBe(
    "ShapeError: sequences: rows is [0]; expected [B, T].\n" +
      "  give at least one sequence: sequences([[3, 1, 4], [1, 5]]).",
  );
  expect(hostile([[1], []])).toContain("sequences: rows[1] is [0]; expected [T].");
  expect(hostile([[[1, 2], [3]]])).toContain("sequences: rows[0][1] is [1]; expected [I=2].");
  expect(hostile([[[1, 2], 3]])).toContain("sequences: rows[0][1] is []; expected [I=2].");
  expect(hostile([[[]]])).toContain("rows[0][0] is [0]");
  expect(hostile([[1, Number.NaN]])).toContain(
    "ArgumentError: sequences: rows[0][1] is NaN; expected a finite number.",
  );
  expect(hostile([[1, "2"]])).toContain('rows[0][1] is "2"');
  expect(hostile([[1, [2]]])).toContain("rows[0][1] is [2]; expected a finite number");
  expect(hostile([[[1], [undefined]]])).toContain("rows[0][1][0] is undefined");
  expect(hostile("text")).toContain("rows is [string]");
  expect(hostile(null)).toContain("ShapeError");
  expect(hostile([null])).toContain("rows[0] is [object]");
});

const check = (x: unknown, rank?: number[]) => checkSequences(x as Sequences, "model.predict", "x", rank);

test("checked sequences give every row's length", () => {
  expect(check({ values: [1, 2, 3, 4], shape: [2, 2] })).toEqual(Uint32Array.of(2, 2));
  expect(check({ values: new Float32Array(8), shape: [2, 2, 2], lengths: [1, 2] })).toEqual(Uint32Array.of(1, 2));
  expect(check({ values: [1, 2], shape: [2] }, [1, 2])).toEqual(Uint32Array.of(1, 1));
});

test("sequences that do not fit are refused", () => {
  const values = new Float32Array(6);
  expect(() => check({ values, shape: [6] })).toThrow("model.predict: x.shape is [6]; expected [B, T].");
  expect(() => check({ values, shape: [2, 0] })).toThrow("x.shape is [2, 0]");
  expect(() => check({ values, shape: [2, 1.5, 2] })).toThrow("each a whole number of at least 1");
  expect(() => check({ values, shape: 6 })).toThrow("x.shape is [number]");
  expect(() => check({ values, shape: [2, 4] })).toThrow("model.predict: x.values is [6]; expected [2×4=8].");
  expect(() => check({ values, shape: [2, 3], lengths: [3] })).toThrow("x.lengths is [1]; expected [B=2].");
  for (const length of [0, 4, 1.5, Number.NaN, -1, "2"]) {
    expect(() => check({ values, shape: [2, 3], lengths: [3, length] })).toThrow(
      /x\.lengths\[1\] is .*; expected a whole number from 1 to 3\./,
    );
  }
});
