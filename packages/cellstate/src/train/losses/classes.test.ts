/** Losses and their adjoints against PyTorch's, on every engine; and at values where careless formulas overflow. */
import { describe, expect, test } from "vitest";
import { lossFixtures } from "../../../../../tests/fixtures/torch.ts";
import { crossEntropy, meanSquaredError } from "../losses.ts";
import { engines, expectNear, rowsOf, judge as run } from "./testing.ts";

describe.each(engines)("on $engine", ({ open, tolerance }) => {
  const fixtures = lossFixtures();

  test.each(fixtures.crossEntropy.map((one) => [one.name, one] as const))(
    "cross-entropy is PyTorch's: %s",
    (_, one) => {
      const [count, classes] = one.logits.shape as [number, number];
      const weights = one.weights ?? new Array<number>(count).fill(1);
      const total = weights.reduce((a, b) => a + b, 0);
      const found = run(
        open(),
        crossEntropy(),
        rowsOf(one.logits.values, classes),
        one.targets.map((id) => [id]),
        weights.map((w) => w / total),
      );
      expect(Math.abs(found.loss - one.loss) / one.loss).toBeLessThanOrEqual(tolerance);
      expectNear(found.adjoint.flat(), one.gradient.values, tolerance);
    },
  );

  test.each(fixtures.meanSquaredError.map((one) => [one.name, one] as const))(
    "mean squared error is PyTorch's: %s",
    (_, one) => {
      const width = one.given.shape.at(-1)!;
      const given = rowsOf(one.given.values, width);
      const weights = given.map(() => 1 / given.length);
      const found = run(open(), meanSquaredError(), given, rowsOf(one.targets.values, width), weights);
      expect(Math.abs(found.loss - one.loss) / one.loss).toBeLessThanOrEqual(tolerance);
      expectNear(found.adjoint.flat(), one.gradient.values, tolerance);
    },
  );

  test("cross-entropy stays exact where exp of the outputs would overflow or vanish", () => {
    const x = [
      [1000, 998, -1000],
      [-1000, -1002, -3000],
      [1e30, 0, -1e30],
      [5, 5, 5],
    ];
    const { rows, adjoint } = run(open(), crossEntropy(), x, [[1], [0], [0], [2]], [1, 1, 1, 1]);
    const second = 1 / (1 + Math.exp(2)); // softmax of a logit that is 2 below
    expectNear(rows, [2 + Math.log1p(Math.exp(-2)), Math.log1p(Math.exp(-2)), 0, Math.log(3)], tolerance);
    expectNear(adjoint[0]!, [1 - second, second - 1, 0], tolerance);
    expectNear(adjoint[1]!, [-second, second, 0], 4 * tolerance); // 1 − s cancels three binary digits
    expect(adjoint[2]!.every((v) => v === 0)).toBe(true);
    expectNear(adjoint[3]!, [1 / 3, 1 / 3, -2 / 3], tolerance);
  });

  test("a row of weight 0 gives neither loss nor adjoint, and one class alone neither", () => {
    const { rows, adjoint } = run(
      open(),
      crossEntropy(),
      [
        [1, 2],
        [3, -1],
      ],
      [[0], [1]],
      [0, 1],
    );
    expect(rows[0]).toBe(0);
    expect(adjoint[0]!.every((v) => v === 0)).toBe(true);
    const one = run(open(), crossEntropy(), [[7]], [[0]], [1]);
    expect([one.loss, ...one.adjoint[0]!].every((v) => v === 0)).toBe(true);
    const square = run(
      open(),
      meanSquaredError(),
      [
        [1, 2],
        [3, -1],
      ],
      [
        [0, 0],
        [1, 1],
      ],
      [0, 1],
    );
    expect(square.rows).toEqual([0, 4]);
    expect(square.adjoint).toEqual([
      [0, 0],
      [2, -2],
    ]);
  });
});
