/**
 * Every loss and its adjoint beside PyTorch's: the maps alone in float64 to the last printed digit, then through a
 * whole model, which places targets, weights and what is ignored; and beside central differences.
 */
import { describe, expect, test } from "vitest";
import { type LossCase, lossCases } from "../../../../../tests/fixtures/more-losses.ts";
import { openReference } from "../../engine/reference/space.ts";
import { dense, sequential } from "../../layers/layers.ts";
import type { RowLoss } from "../../model/loss.ts";
import { createModel } from "../../model/model.ts";
import * as losses from "../losses.ts";
import { engines, expectNear, judge, rowsOf } from "./testing.ts";

const makers = losses as unknown as Readonly<Record<string, (options: unknown) => RowLoss>>;
const lossOf = ({ loss, options }: LossCase): RowLoss => makers[loss]!(options);
const cases = lossCases();
const named = cases.map((one) => [`${one.loss}: ${one.name}`, one] as const);

/** As a loss runner has them: ignored ids with the weight 0, weights as shares of the mean. */
function placed(one: LossCase, loss: RowLoss) {
  const [count, width] = one.outputs.shape as [number, number];
  const given = one.weights ?? new Array<number>(count).fill(1);
  const ids = loss.targets === "ids";
  const isIgnored = (k: number): boolean => ids && one.targets.values[k] === loss.ignored;
  const weights = given.map((w, k) => (isIgnored(k) ? 0 : w));
  const perClass = loss.vectors?.["classWeights"];
  const total = weights.reduce((sum, w, k) => sum + (w && w * (perClass?.[one.targets.values[k]!] ?? 1)), 0);
  const targets = ids
    ? one.targets.values.map((id, k) => [isIgnored(k) ? 0 : id])
    : rowsOf(one.targets.values, one.targets.shape[1]!);
  return { x: rowsOf(one.outputs.values, width), targets, weights: weights.map((w) => w / total) };
}

test("the fixtures have every loss", () => {
  const all = Object.keys(losses).filter((name) => name !== "meanSquaredError");
  expect([...new Set(cases.map((one) => one.loss))].sort()).toEqual(all.sort());
});

describe.each(engines)("on $engine", ({ engine, open, tolerance }) => {
  test.each(named)("%s: value and adjoint are PyTorch's", (_, one) => {
    const loss = lossOf(one);
    const { x, targets, weights } = placed(one, loss);
    const found = judge(open(), loss, x, targets, weights);
    expect(Math.abs(found.loss - one.value) / Math.abs(one.value)).toBeLessThanOrEqual(tolerance);
    expectNear(found.adjoint.flat(), one.gradient.values, tolerance);
  });

  test.each(named)("%s: a model gives the same, weights and ragged rows placed by it", async (_, one) => {
    const [count, width] = one.outputs.shape as [number, number];
    const isId = lossOf(one).targets === "ids";
    // an identity, so that the gradient of the input is that of the output; half of its rows in a second sequence
    const model = await createModel(sequential(dense({ units: width })), { engine, input: width, seed: 3 });
    const eye = Array.from({ length: width * width }, (_, k) => Number(k % (width + 1) === 0));
    model.setParameters({ "dense.0.W": eye, "dense.0.b": new Array<number>(width).fill(0) });
    const steps = Math.ceil((count + 1) / 2);
    const lengths = [steps - 1, count - steps + 1];
    const laid = (values: readonly number[], size: number): number[] => {
      const both = new Array<number>(2 * steps * size).fill(0.25);
      values.forEach((value, k) => {
        both[k < lengths[0]! * size ? k : steps * size + k - lengths[0]! * size] = value;
      });
      return both;
    };
    const D = isId ? 1 : one.targets.shape[1]!;
    const x = { values: laid(one.outputs.values, width), shape: [2, steps, width], lengths };
    const shape = isId ? [2, steps] : [2, steps, D];
    const targets = { values: laid(one.targets.values, D), shape, lengths };
    const weights = one.weights && { values: laid(one.weights, 1), shape: [2, steps], lengths };
    const found = await model.gradients(x, targets, lossOf(one), weights ? { weights } : {});
    // gradients come as float32
    const least = Math.max(tolerance, 6e-8);
    expect(Math.abs(found.loss - one.value) / Math.abs(one.value)).toBeLessThanOrEqual(tolerance);
    expectNear(
      [...found.inputs!.values],
      laid(one.gradient.values, width).map((v, k) => (isPadding(k) ? 0 : v)),
      least,
    );
    model.close();

    function isPadding(k: number): boolean {
      const step = Math.floor(k / width);
      return step % steps >= lengths[Math.floor(step / steps)]!;
    }
  });
});

test.each(named.filter(([name]) => !/hits|corner/.test(name)))(
  "%s: the adjoint is that of central differences",
  (_, one) => {
    const loss = lossOf(one);
    const { x, targets, weights } = placed(one, loss);
    const { adjoint } = judge(openReference(), loss, x, targets, weights);
    const found = x.map((row, r) =>
      row.map((value, u) => {
        // the printed numbers have 3 decimals: no step crosses a corner
        const h = Math.abs(value) > 1e3 ? 1e-4 : 1e-5;
        const at = (moved: number): number => {
          const some = x.map((other, k) => (k === r ? other.map((v, n) => (n === u ? moved : v)) : other));
          return judge(openReference(), loss, some, targets, weights).rows[r]!;
        };
        return (at(value + h) - at(value - h)) / (2 * h);
      }),
    );
    // a loss of 1e4 carries some 1e-12 of rounding, which is divided by h
    expectNear(found.flat(), adjoint.flat(), 1e-6);
  },
);
