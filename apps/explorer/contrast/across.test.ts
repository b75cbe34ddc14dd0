/** Curves of several seeds put together: by hand. */
import { expect, test } from "vitest";
import { across } from "./across.ts";

test("at each place stand the least, the most, the mean and the middle, whatever their order", () => {
  const curves = [
    [0.25, 1e-9],
    [1, 1e-3],
    [0.5, 2e-6],
  ];
  const [first, second] = across(curves);
  expect(first).toEqual({ least: 0.25, most: 1, mean: 1.75 / 3, middle: 0.5 });
  expect(second).toMatchObject({ least: 1e-9, most: 1e-3, middle: 2e-6 });
});

test("it goes as far as the shortest, and nowhere without curves", () => {
  expect(
    across([
      [1, 2, 3],
      [3, 4],
    ]),
  ).toEqual([
    { least: 1, most: 3, mean: 2, middle: 1 },
    { least: 2, most: 4, mean: 3, middle: 2 },
  ]);
  expect(across([[1], []])).toEqual([]);
  expect(across([])).toEqual([]);
});
