/**
 * Optimizers as maps over parameters: `p` and `g` are a parameter and its gradient, every other name is a moment
 * that is kept from step to step. What depends on the step alone comes in as scalars.
 */
import { type Formula, formula, type Value } from "../cell/formula.ts";
import type { Schedule } from "../cell/operations.ts";
import { check, isNumber, isPart, noOthers, optionsOf } from "../options.ts";
import { recorded } from "../recipe.ts";
import { type Decay, decayOf, type WeightDecay } from "./decay.ts";
import type { Rate } from "./rates.ts";

/** An optimizer as data: the map over parameters, gradients and moments, and its scalars at each step. */
export interface Optimizer {
  /** What reports and checkpoints call it. */
  readonly name: string;
  /** The learning rate over the training. */
  readonly rate: Rate;
  /** Kept beside every parameter, from 0 on. */
  readonly moments: readonly string[];
  /** Where gradient, moments and decay are 0, parameter and moments stay: untouched embeddings cost nothing. */
  readonly rests?: boolean;
  /** How much each parameter decays, if any does; the map then reads it as `decay`, number by number. */
  readonly decay?: Decay;
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

/** What `sgd` and `ntAsgd` take. */
export interface SgdOptions {
  /** η: a number above 0, or a schedule such as `cosine`. */
  readonly learningRate: number | Rate;
  /** How much of the last step goes on, 0 … 1. Default 0. */
  readonly momentum?: number;
  /** Nesterov's: the gradient is followed by momentum that already has it. Needs a momentum. Default false. */
  readonly nesterov?: boolean;
  /** λ, added to the gradient as λ·p; see `WeightDecay`. Default 0. */
  readonly weightDecay?: WeightDecay;
}

/**
 * p −= η·m, m = μ·m + g, with g + λ·p in place of g where weights decay; Nesterov: p −= η·(g + μ·m)
 * (PyTorch's SGD, without dampening; Sutskever et al., 2013).
 *
 * @param options.momentum - μ, from 0 up to, not with, 1; default 0
 * @throws {ArgumentError} if a number is out of its range
 * @example sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true, weightDecay: 1e-4 })
 */
export function sgd(options: SgdOptions): Optimizer {
  const { learningRate, momentum = 0, nesterov = false, weightDecay = 0, ...others } = optionsOf("sgd", options);
  noOthers("sgd", others);
  const rate = rateOf("sgd", learningRate);
  checkPart("sgd", "momentum", momentum);
  const mend = "for example sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true }).";
  check(!nesterov || momentum > 0, "sgd", "momentum", momentum, { expected: "a number above 0", mend });
  const decay = decayOf("sgd", weightDecay);
  const f = formula();
  const p = f.read("p");
  const g = gradientWith(f, p, decay);
  let step = g;
  if (momentum > 0) {
    const mu = f.number(Math.fround(momentum));
    const m = f.add(f.multiply(mu, f.read("m")), g);
    f.write("m", m);
    step = nesterov ? f.add(g, f.multiply(mu, m)) : m;
  }
  f.write("p", f.subtract(p, f.multiply(f.scalar("rate"), step)));
  return recorded("sgd", [options], {
    name: "sgd",
    rate,
    moments: momentum > 0 ? ["m"] : [],
    rests: true,
    ...(decay && { decay }),
    schedule: f.schedule("SGD"),
    scalars: (_, learningRate) => ({ rate: learningRate }),
  });
}

/** What `rmsProp` takes. */
export interface RmsPropOptions {
  /** η: a number above 0, or a schedule such as `cosine`. */
  readonly learningRate: number | Rate;
  /** Decay of the mean of squared gradients. Default 0.99. */
  readonly alpha?: number;
  /** Added to the root, above 0. Default 1e-8. */
  readonly epsilon?: number;
  /** How much of the last step goes on, 0 … 1. Default 0. */
  readonly momentum?: number;
  /** The squared mean of the gradients is taken off the mean of their squares. Default false. */
  readonly centered?: boolean;
  /** λ, added to the gradient as λ·p; see `WeightDecay`. Default 0. */
  readonly weightDecay?: WeightDecay;
}

/**
 * RMSProp (Tieleman and Hinton, 2012; centered: Graves, 2013), PyTorch's: v = α·v + (1 − α)·g², p −= η·m with
 * m = μ·m + g/(√v + ε); centered: v − a² in place of v, a = α·a + (1 − α)·g.
 * Defaults: `alpha` 0.99, `epsilon` 1e-8, `momentum` 0, `centered` false, `weightDecay` 0.
 *
 * @throws {ArgumentError} if a number is out of its range
 * @example rmsProp({ learningRate: 1e-3, momentum: 0.9 })
 */
export function rmsProp(options: RmsPropOptions): Optimizer {
  const { learningRate, alpha = 0.99, epsilon = 1e-8, momentum = 0, ...more } = optionsOf("rmsProp", options);
  const { centered = false, weightDecay = 0, ...others } = more;
  noOthers("rmsProp", others);
  const rate = rateOf("rmsProp", learningRate);
  checkPart("rmsProp", "alpha", alpha);
  checkEpsilon("rmsProp", epsilon);
  checkPart("rmsProp", "momentum", momentum);
  const decay = decayOf("rmsProp", weightDecay);
  const f = formula();
  const p = f.read("p");
  const g = gradientWith(f, p, decay);
  const v = runningMean(f, alpha, f.read("v"), f.multiply(g, g));
  f.write("v", v);
  let variance = v;
  if (centered) {
    const a = runningMean(f, alpha, f.read("a"), g);
    f.write("a", a);
    // never below 0 but for rounding
    variance = f.unary("relu", f.subtract(v, f.multiply(a, a)));
  }
  let step = f.divide(g, f.add(f.unary("sqrt", variance), f.number(Math.fround(epsilon))));
  if (momentum > 0) {
    step = f.add(f.multiply(f.number(Math.fround(momentum)), f.read("m")), step);
    f.write("m", step);
  }
  f.write("p", f.subtract(p, f.multiply(f.scalar("rate"), step)));
  return recorded("rmsProp", [options], {
    name: "rmsProp",
    rate,
    moments: ["v", ...(centered ? ["a"] : []), ...(momentum > 0 ? ["m"] : [])],
    rests: true,
    ...(decay && { decay }),
    schedule: f.schedule("RMSProp"),
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
  /** Added to the root, above 0. Default 1e-8. */
  readonly epsilon?: number;
}

/**
 * Adam (Kingma and Ba, 2015): p −= η·m̂/(√v̂ + ε), with m̂ = m/(1 − β₁ᵗ), v̂ = v/(1 − β₂ᵗ).
 * Defaults: `beta1` 0.9, `beta2` 0.999, `epsilon` 1e-8.
 *
 * @throws {ArgumentError} if a number is out of its range
 * @example adam({ learningRate: cosine({ peak: 8e-3, warmUp: 50 }) })
 */
export const adam = (options: AdamOptions): Optimizer =>
  recorded("adam", [options], adamLike("adam", options, undefined));

/**
 * AdamW (Loshchilov and Hutter, 2019): as Adam, and p −= η·λ·p before. `weightDecay` λ: default 0.01 for all matrices,
 * none for vectors, biases among them; by role with an object, see `WeightDecay`.
 *
 * @param options.weightDecay - λ, from 0 up to, not with, 1, or by role; default 0.01
 * @throws {ArgumentError} if a number is out of its range
 * @example adamW({ learningRate: 1e-3, weightDecay: 0.1 })
 */
export function adamW(options: AdamWOptions): Optimizer {
  const { weightDecay = 0.01, ...others } = optionsOf("adamW", options);
  return recorded("adamW", [options], adamLike("adamW", others, decayOf("adamW", weightDecay)));
}

export interface AdamWOptions extends AdamOptions {
  readonly weightDecay?: WeightDecay;
}

function adamLike(name: string, options: AdamOptions, decay: Decay | undefined): Optimizer {
  const { learningRate, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, ...others } = optionsOf(name, options);
  noOthers(name, others);
  const rate = rateOf(name, learningRate);
  checkPart(name, "beta1", beta1);
  checkPart(name, "beta2", beta2);
  checkEpsilon(name, epsilon);
  const f = formula();
  const g = f.multiply(f.scalar("scale"), f.read("g"));
  const m = runningMean(f, beta1, f.read("m"), g);
  const v = runningMean(f, beta2, f.read("v"), f.multiply(g, g));
  f.write("m", m);
  f.write("v", v);
  const p = f.read("p");
  const kept = decay ? f.subtract(p, f.multiply(f.multiply(f.scalar("rate"), f.read("decay")), p)) : p;
  const root = f.multiply(f.unary("sqrt", v), f.scalar("vScale"));
  const step = f.divide(f.multiply(f.scalar("mScale"), m), f.add(root, f.number(Math.fround(epsilon))));
  f.write("p", f.subtract(kept, step));
  // β¹ … βᵗ, multiplied up once
  const powers = { step: 0, one: 1, two: 1 };
  return {
    name,
    rate,
    moments: ["m", "v"],
    rests: true,
    ...(decay && { decay }),
    schedule: f.schedule(name),
    scalars(step, learningRate) {
      if (step < powers.step) Object.assign(powers, { step: 0, one: 1, two: 1 });
      for (; powers.step < step; powers.step++) {
        powers.one *= beta1;
        powers.two *= beta2;
      }
      return { mScale: learningRate / (1 - powers.one), vScale: 1 / Math.sqrt(1 - powers.two), rate: learningRate };
    },
  };
}

/** The clipped gradient, and where weights decay λ·p besides. */
function gradientWith(f: Formula, p: Value, decay: Decay | undefined): Value {
  const g = f.multiply(f.scalar("scale"), f.read("g"));
  return decay ? f.add(g, f.multiply(f.read("decay"), p)) : g;
}

/** β·last + (1 − β)·value. */
const runningMean = (f: Formula, beta: number, last: Value, value: Value): Value =>
  f.add(f.multiply(f.number(Math.fround(beta)), last), f.multiply(f.number(Math.fround(1 - beta)), value));

function rateOf(where: string, given: number | Rate): Rate {
  // strings and lists have an `at` too
  if (typeof given === "object" && typeof given?.at === "function" && !Array.isArray(given)) return given;
  const mend = `for example ${where}({ learningRate: 1e-3 }).`;
  const rate = given as number;
  check(isNumber(rate) && rate > 0, where, "learningRate", rate, { expected: "a number above 0, or a schedule", mend });
  return { name: "constant", at: () => rate };
}

const USUAL = "leave it out for the usual value.";

function checkPart(where: string, argument: string, given: number): void {
  check(isPart(given), where, argument, given, { expected: "a number from 0 up to, not with, 1", mend: USUAL });
}

/** It keeps numbers apart from 0 / 0: those without a gradient, and those that fill up a row. */
function checkEpsilon(where: string, given: number): void {
  const isFine = isNumber(given) && Math.fround(given) > 0;
  check(isFine, where, "epsilon", given, { expected: "a number above 0", mend: USUAL });
}
