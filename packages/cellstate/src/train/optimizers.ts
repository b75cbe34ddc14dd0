/**
 * Optimizers as maps over parameters: `p` and `g` are a parameter and its gradient, every other name is a moment
 * that is kept from step to step. What depends on the step alone comes in as scalars.
 */
import { formula } from "../cell/formula.ts";
import type { Schedule } from "../cell/operations.ts";
import { ArgumentError } from "../errors.ts";
import { recorded } from "../recipe.ts";
import type { Rate } from "./rates.ts";

/** An optimizer as data: the map over parameters, gradients and moments, and its scalars at each step. */
export interface Optimizer {
  /** What reports and checkpoints call it. */
  readonly name: string;
  /** The learning rate over the training. */
  readonly rate: Rate;
  /** Kept beside every parameter, from 0 on. */
  readonly moments: readonly string[];
  /** Where gradient and moments are 0, parameter and moments stay as they are: untouched embeddings cost nothing. */
  readonly rests?: boolean;
  /** The map that an engine runs. */
  readonly schedule: Schedule;
  /**
   * The map's scalars at a step (from 1) with a learning rate.
   *
   * @param step - from 1
   * @param learningRate - of this step
   */
  scalars(step: number, learningRate: number): Readonly<Record<string, number>>;
}

export interface SgdOptions {
  /** η: a number above 0, or a schedule such as `cosine`. */
  readonly learningRate: number | Rate;
  /** How much of the last step goes on, 0 … 1. Default 0. */
  readonly momentum?: number;
}

/**
 * p −= η·m, m = μ·m + g (PyTorch's momentum, without dampening).
 *
 * @param options.momentum - μ, from 0 up to, not with, 1; default 0
 * @throws {ArgumentError} if a number is out of its range
 * @example sgd({ learningRate: 0.1, momentum: 0.9 })
 */
export function sgd({ learningRate, momentum = 0 }: SgdOptions): Optimizer {
  const rate = rateOf("sgd", learningRate);
  between("sgd", "momentum", momentum, 0, 1);
  const f = formula();
  const p = f.read("p");
  let step = f.multiply(f.scalar("scale"), f.read("g"));
  if (momentum > 0) {
    step = f.add(f.multiply(f.number(Math.fround(momentum)), f.read("m")), step);
    f.write("m", step);
  }
  f.write("p", f.subtract(p, f.multiply(f.scalar("rate"), step)));
  return recorded("sgd", [{ learningRate, momentum }], {
    name: "sgd",
    rate,
    moments: momentum > 0 ? ["m"] : [],
    rests: true,
    schedule: f.schedule("SGD"),
    scalars: (_, learningRate) => ({ rate: learningRate }),
  });
}

/** What `adam` and `adamW` take. */
export interface AdamOptions {
  /** η: a number above 0, or a schedule such as `cosine`. */
  readonly learningRate: number | Rate;
  /** Decay of the mean of gradients. Default 0.9. */
  readonly beta1?: number;
  /** Decay of the mean of their squares. Default 0.999. */
  readonly beta2?: number;
  /** Default 1e-8. */
  readonly epsilon?: number;
}

/**
 * Adam (Kingma and Ba, 2015): p −= η·m̂/(√v̂ + ε), with m̂ = m/(1 − β₁ᵗ), v̂ = v/(1 − β₂ᵗ).
 * Defaults: `beta1` 0.9, `beta2` 0.999, `epsilon` 1e-8.
 *
 * @throws {ArgumentError} if a number is out of its range
 * @example adam({ learningRate: cosine({ peak: 8e-3, warmUp: 50 }) })
 */
export const adam = (options: AdamOptions): Optimizer => adamLike("adam", options, 0);

/**
 * AdamW (Loshchilov and Hutter, 2019): as Adam, and p −= η·λ·p before. `weightDecay` λ: default 0.01.
 *
 * @param options.weightDecay - λ, from 0 up to, not with, 1; default 0.01
 * @throws {ArgumentError} if a number is out of its range
 * @example adamW({ learningRate: 1e-3, weightDecay: 0.1 })
 */
export const adamW = ({ weightDecay = 0.01, ...options }: AdamOptions & { readonly weightDecay?: number }): Optimizer =>
  adamLike("adamW", options, weightDecay);

function adamLike(name: string, options: AdamOptions, weightDecay: number): Optimizer {
  const { learningRate, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options;
  const rate = rateOf(name, learningRate);
  between(name, "beta1", beta1, 0, 1);
  between(name, "beta2", beta2, 0, 1);
  between(name, "weightDecay", weightDecay, 0, 1);
  between(name, "epsilon", epsilon, 0, 1);
  const f = formula();
  const g = f.multiply(f.scalar("scale"), f.read("g"));
  const mean = (beta: number, last: number, value: number): number =>
    f.add(f.multiply(f.number(Math.fround(beta)), last), f.multiply(f.number(Math.fround(1 - beta)), value));
  const m = mean(beta1, f.read("m"), g);
  const v = mean(beta2, f.read("v"), f.multiply(g, g));
  f.write("m", m);
  f.write("v", v);
  const p = f.read("p");
  const kept = weightDecay === 0 ? p : f.multiply(p, f.scalar("kept"));
  const root = f.multiply(f.unary("sqrt", v), f.scalar("vScale"));
  const step = f.divide(f.multiply(f.scalar("mScale"), m), f.add(root, f.number(Math.fround(epsilon))));
  f.write("p", f.subtract(kept, step));
  // β¹ … βᵗ, multiplied up once
  const powers = { step: 0, one: 1, two: 1 };
  return recorded(name, [{ ...options, weightDecay }], {
    name,
    rate,
    moments: ["m", "v"],
    rests: weightDecay === 0 && Math.fround(epsilon) > 0,
    schedule: f.schedule(name),
    scalars(step, learningRate) {
      if (step < powers.step) Object.assign(powers, { step: 0, one: 1, two: 1 });
      for (; powers.step < step; powers.step++) {
        powers.one *= beta1;
        powers.two *= beta2;
      }
      const scalars = { mScale: learningRate / (1 - powers.one), vScale: 1 / Math.sqrt(1 - powers.two) };
      return weightDecay === 0 ? scalars : { ...scalars, kept: 1 - learningRate * weightDecay };
    },
  });
}

function rateOf(where: string, given: number | Rate): Rate {
  if (typeof given !== "number") return given;
  if (given > 0 && given < Number.POSITIVE_INFINITY) return { name: "constant", at: () => given };
  const mend = `for example ${where}({ learningRate: 1e-3 }).`;
  throw new ArgumentError({
    where,
    argument: "learningRate",
    given,
    expected: "a number above 0, or a schedule",
    mend,
  });
}

function between(where: string, argument: string, given: number, low: number, high: number): void {
  if (given >= low && given < high) return;
  const mend = "leave it out for the usual value.";
  throw new ArgumentError({ where, argument, given, expected: `a number from ${low} up to, not with, ${high}`, mend });
}
