/** Optimizers, ten steps each, and the gradients' norm, against PyTorch's, on every engine. */
import { describe, expect, test } from "vitest";
import { optimizerFixtures } from "../../../../tests/fixtures/torch.ts";
import type { Space } from "../engine/engine.ts";
import { openReference } from "../engine/reference/space.ts";
import { openWasm } from "../engine/wasm/engine.ts";
import { type Core, OPTIMIZER_ROW } from "../model/core.ts";
import { adam, adamW, type Optimizer, rmsProp, sgd } from "./optimizers.ts";
import { createUpdater, type Updater } from "./update.ts";

type Fixture = ReturnType<typeof optimizerFixtures>["optimizers"][number];

function optimizerOf({ kind, options, groups }: Fixture): Optimizer {
  const { lr: learningRate, momentum, nesterov, betas, eps, alpha, centered, weight_decay } = options;
  const all = {
    ...{ learningRate, momentum, nesterov, alpha, centered, epsilon: eps },
    ...{ beta1: betas?.[0], beta2: betas?.[1] },
    // PyTorch's single number is for all parameters
    weightDecay: groups ? { W: groups[0], R: groups[1], b: groups[2] } : weight_decay && { W: weight_decay },
  };
  const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  return { sgd, rmsprop: rmsProp, adam, adamw: adamW }[kind](given as never);
}

/** Parameters and gradients in a memory of their own, as a model has them. */
function updaterFor(space: Space, optimizer: Optimizer, count: number, groups = 1) {
  const length = Math.ceil(count / OPTIMIZER_ROW) * OPTIMIZER_ROW;
  const region = space.allocate(length);
  const gradients = space.allocate(length);
  const width = count / groups;
  const located = ["W", "R", "b"].slice(0, groups).map((name, k) => {
    return { name: `layer.0.${name}_a`, shape: [1, width], offset: k * width, length: width };
  });
  const core = { space, located, parameters: { region, gradients, offsets: new Map() } } as unknown as Core;
  const updater: Updater = createUpdater(core, optimizer);
  return { updater, p: () => space.floats(region), g: () => space.floats(gradients) };
}

const engines = [
  // constants are rounded to float32 on every engine, so that all mean the same: 0.9 is off by 3e-8 of itself, its
  // powers by as many times that, over ten steps; the norm has none, and agrees to the fixtures' 12 digits
  { engine: "reference", open: openReference, tolerance: 1e-7, norm: 1e-11 },
  // float32: ten steps, each rounds p once or twice
  { engine: "wasm", open: openWasm, tolerance: 1e-6, norm: 3e-7 },
] as const;

describe.each(engines)("on $engine", ({ open, tolerance, norm }) => {
  const { optimizers, clipNorm, clipValue } = optimizerFixtures();
  // adam's decay is adamW
  const supported = optimizers.filter(({ kind, options }) => kind !== "adam" || !options.weight_decay);

  test.each(supported.map((one) => [one.name, one] as const))("%s: ten steps end where PyTorch's do", (_, one) => {
    const optimizer = optimizerOf(one);
    const { updater, p, g } = updaterFor(open(), optimizer, one.parameters.length, one.groups?.length);
    p().set(one.parameters);
    one.gradients.forEach((gradient, k) => {
      g().set(gradient);
      updater.apply(k + 1, optimizer.rate.at(k, 10), 1);
      const expected = one.after[k]!;
      const largest = Math.max(...expected.map(Math.abs));
      const worst = Math.max(...expected.map((v, j) => Math.abs(p()[j]! - v)));
      expect(worst / largest, `step ${k + 1}`).toBeLessThanOrEqual(tolerance);
    });
    updater.close();
  });

  test.each(clipNorm.map((one) => [one.name, one] as const))(
    "the norm is PyTorch's, and so is what clipping leaves: %s",
    (_, one) => {
      const flat = one.gradients.flat();
      const { updater, p, g } = updaterFor(open(), sgd({ learningRate: 1 }), flat.length);
      g().set(flat);
      const found = updater.norm();
      expect(Math.abs(found - one.norm)).toBeLessThanOrEqual(norm * one.norm);
      // from 0 with rate 1, what is left of the gradient is −p
      updater.apply(1, 1, Math.min(1, one.maxNorm / (found + 1e-6)));
      const clipped = one.clipped.flat();
      const largest = Math.max(...clipped.map(Math.abs));
      expect(Math.max(...clipped.map((v, k) => Math.abs(-p()[k]! - v)))).toBeLessThanOrEqual(norm * largest);
      updater.close();
    },
  );

  test.each(clipValue.map((one) => [one.name, one] as const))(
    "clipping by value, and then by norm, leaves what PyTorch's does: %s",
    (_, { gradients, clipped, maxValue, maxNorm }) => {
      const flat = gradients.flat();
      const { updater, p, g } = updaterFor(open(), sgd({ learningRate: 1 }), flat.length);
      g().set(flat);
      expect(updater.clip(maxValue)).toBe(flat.some((v) => Math.abs(Math.fround(v)) > maxValue));
      updater.apply(1, 1, maxNorm === null ? 1 : Math.min(1, maxNorm / (updater.norm() + 1e-6)));
      const expected = clipped.flat();
      const largest = Math.max(...expected.map(Math.abs));
      expect(Math.max(...expected.map((v, k) => Math.abs(-p()[k]! - v)))).toBeLessThanOrEqual(norm * largest);
      updater.close();
    },
  );

  test("a gradient of 0 moves nothing, whatever the rate", () => {
    for (const optimizer of [
      sgd({ learningRate: 1, momentum: 0.9 }),
      adam({ learningRate: 1 }),
      adamW({ learningRate: 1, weightDecay: 0 }),
      rmsProp({ learningRate: 1, momentum: 0.9, centered: true }),
    ]) {
      const { updater, p } = updaterFor(open(), optimizer, 3);
      p().set([1, -2, 3]);
      updater.apply(1, 1, 1);
      expect([...p().slice(0, 4)]).toEqual([1, -2, 3, 0]);
    }
  });

  test("the norm is not finite where one gradient of many is not", () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, -3e38]) {
      const { updater, g } = updaterFor(open(), sgd({ learningRate: 1 }), 3000);
      g().fill(0.5)[2222] = value;
      const isInRange = value === -3e38 && open === openReference; // its square still is a float64
      expect(Number.isFinite(updater.norm())).toBe(isInRange);
    }
  });
});

test("a training resumed at any step has the same scalars", () => {
  const asked = adam({ learningRate: 1e-3 });
  const all = Array.from({ length: 50 }, (_, k) => asked.scalars(k + 1, 1e-3));
  for (const first of [1, 2, 17, 50]) {
    const fresh = adam({ learningRate: 1e-3 });
    for (let step = first; step <= 50; step++) expect(fresh.scalars(step, 1e-3)).toEqual(all[step - 1]);
  }
  expect(asked.scalars(3, 1e-3)).toEqual(all[2]);
});

test.each<[string, () => unknown]>([
  ["alpha is 1", () => rmsProp({ learningRate: 1, alpha: 1 })],
  ["epsilon is -1", () => rmsProp({ learningRate: 1, epsilon: -1 })],
  ["momentum is 1", () => rmsProp({ learningRate: 1, momentum: 1 })],
  ["learningRate is 0", () => rmsProp({ learningRate: 0 })],
])("rmsProp refuses what is out of range: %s", (sentence, call) => {
  expect(call).toThrow(`rmsProp: ${sentence}; expected a number`);
});
