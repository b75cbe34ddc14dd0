/** Losses that fit a distribution to each target value: the negative log likelihood, in nats. */
import { type Formula, formula, type Value } from "../../cell/formula.ts";
import type { RowLoss } from "../../model/loss.ts";
import { check, isNumber, noOthers, optionsOf } from "../../options.ts";
import { gammaRatio } from "./gammaRatio.ts";
import { mendOf } from "./options.ts";

export interface ScaleOptions {
  /** No scale is smaller, in the unit of the targets; above 0. Default 1e-6. */
  readonly floor?: number;
}

/** ½ log 2π */
const HALF_LOG_TWO_PI = 0.9189385332046728;

/**
 * The mean over targets of a density with `count` outputs for each, side by side: `of` gets output k of every target,
 * and gives each target's loss and its slopes by those outputs.
 */
function likelihood(
  facts: { readonly name: string; readonly title: string; readonly count: number },
  of: (f: Formula, outputs: readonly Value[], target: Value) => readonly [loss: Value, slopes: readonly Value[]],
): RowLoss {
  const { name, title, count } = facts;
  const f = formula();
  const x = f.read("x");
  const target = f.read("target", "targets");
  const place = f.subtract(f.lane(), f.multiply(f.number(count), f.expand(f.lane("targets"))));
  const isAt = Array.from({ length: count }, (_, k) => f.equal(place, f.number(k)));
  const outputs = isAt.map((mask) => f.sum(f.multiply(mask, x), "targets"));
  const share = f.divide(f.read("weight", "one"), f.size("targets"));
  const [loss, slopes] = of(f, outputs, target);
  f.write("loss", f.multiply(share, f.sum(loss)), "one");
  const spread = slopes.map((slope, k) => f.multiply(isAt[k]!, f.expand(f.multiply(share, slope))));
  f.write("δx", spread.reduce(f.add));
  return { name, targets: "values", outputs: count, mend: mendOf(name, count), schedule: f.schedule(title) };
}

function floorOf(where: string, options: ScaleOptions): number {
  const { floor = 1e-6, ...others } = optionsOf(where, options);
  noOthers(where, others);
  const expected = "a finite number above 0";
  const mend = "far below the noise of the targets, whose unit it has: floor: 1e-6.";
  check(isNumber(floor) && Math.fround(floor) > 0, where, "floor", floor, { expected, mend });
  return floor;
}

/**
 * Negative log likelihood of a normal distribution, in nats. Two outputs for each target value, side by side: the mean μ
 * and a raw scale r, σ = floor + softplus(r), as in DeepAR (Salinas et al., 2020, eq. 3): output 2d and 2d + 1 are those
 * of target d, so D targets need D·2 outputs. ℓ = log σ + ½ ((y − μ)/σ)² + ½ log 2π, the mean over targets.
 * What PyTorch's `Normal(mu, sigma).log_prob` gives.
 *
 * @throws {ArgumentError} if `floor` is not above 0
 * @example
 * const architecture = sequential(recurrent(myCell, { units: 32 }), dense({ units: 2 })); // one target
 * await train(model, data, { loss: gaussian(), optimizer, epochs: 5 });
 */
export function gaussian(options: ScaleOptions = {}): RowLoss {
  const floor = floorOf("gaussian", options);
  return likelihood({ name: "Gaussian likelihood", title: "Gaussian", count: 2 }, (f, [mean, raw], target) => {
    const scale = f.add(f.number(floor), f.unary("softplus", raw!));
    const z = f.divide(f.subtract(target, mean!), scale);
    const square = f.multiply(z, z);
    const loss = f.add(f.unary("log", scale), f.add(f.multiply(f.number(0.5), square), f.number(HALF_LOG_TWO_PI)));
    // ∂ℓ/∂μ = −z/σ, ∂ℓ/∂σ = (1 − z²)/σ
    const byMean = f.divide(f.unary("negative", z), scale);
    const byScale = f.divide(f.subtract(f.number(1), square), scale);
    return [loss, [byMean, f.multiply(byScale, f.unary("sigmoid", raw!))]];
  });
}

/**
 * Negative log likelihood of Student's t distribution, in nats, for targets with outliers. Three outputs for each target
 * value, side by side: the location μ, a raw scale r, σ = floor + softplus(r), and raw degrees of freedom s,
 * ν = 2 + softplus(s), so that the variance is finite, as in GluonTS: outputs 3d, 3d + 1, 3d + 2 are those of target d.
 * ℓ = log Γ(ν/2) − log Γ((ν+1)/2) + ½ log νπ + log σ + (ν+1)/2 · log(1 + z²/ν), z = (y − μ)/σ, the mean over targets.
 *
 * @throws {ArgumentError} if `floor` is not above 0
 * @example
 * const architecture = sequential(recurrent(myCell, { units: 32 }), dense({ units: 3 })); // one target
 * await train(model, data, { loss: studentT(), optimizer, epochs: 5 });
 */
export function studentT(options: ScaleOptions = {}): RowLoss {
  const floor = floorOf("studentT", options);
  const facts = { name: "Student-t likelihood", title: "StudentT", count: 3 };
  return likelihood(facts, (f, [location, rawScale, rawFreedom], target) => {
    const one = f.number(1);
    const half = f.number(0.5);
    const scale = f.add(f.number(floor), f.unary("softplus", rawScale!));
    const z = f.divide(f.subtract(target, location!), scale);
    // a = ν/2 ≥ 1, u = z²/ν
    const a = f.add(one, f.multiply(half, f.unary("softplus", rawFreedom!)));
    const power = f.add(a, half);
    const u = f.divide(f.multiply(z, z), f.add(a, a));
    const over = f.divide(one, f.add(one, u));
    const ratio = gammaRatio(f, a);
    const { log, rest } = log1p(f, u);
    // ℓ = log σ + ½ log 2π − R(a) + (a + ½) log(1 + u), R(a) = log Γ(a + ½) − log Γ(a) − ½ log a
    const constant = f.subtract(f.number(HALF_LOG_TWO_PI), ratio.value);
    const loss = f.add(f.add(f.unary("log", scale), constant), f.multiply(power, log));
    // ∂u/∂μ = −z/(aσ), ∂u/∂σ = −2u/σ, ∂u/∂a = −u/a
    const pull = f.multiply(power, over);
    const byLocation = f.unary("negative", f.divide(f.multiply(pull, z), f.multiply(a, scale)));
    const byScale = f.divide(f.subtract(one, f.multiply(pull, f.add(u, u))), scale);
    const last = f.divide(f.multiply(u, over), f.add(a, a));
    const byA = f.subtract(f.subtract(rest, last), ratio.slope);
    const byFreedom = f.multiply(f.multiply(half, byA), f.unary("sigmoid", rawFreedom!));
    return [loss, [byLocation, f.multiply(byScale, f.unary("sigmoid", rawScale!)), byFreedom]];
  });
}

/**
 * log(1 + u) and log(1 + u) − u/(1 + u) for u ≥ 0, exact to the last digits for small u as well, where many degrees of
 * freedom multiply them: with s = u/(2 + u), log(1 + u) = 2s + 2s³(1/3 + s²/5 + …) and u/(1 + u) = 2s/(1 + s).
 */
function log1p(f: Formula, u: Value): { readonly log: Value; readonly rest: Value } {
  const one = f.number(1);
  const s = f.divide(u, f.add(f.number(2), u));
  const square = f.multiply(s, s);
  const twice = f.add(s, s);
  let series = f.number(1 / 17);
  for (let n = 15; n >= 3; n -= 2) series = f.add(f.number(1 / n), f.multiply(square, series));
  const tail = f.multiply(f.multiply(twice, square), series);
  const small = { log: f.add(twice, tail), rest: f.add(f.divide(f.multiply(twice, s), f.add(one, s)), tail) };
  const whole = f.unary("log", f.add(one, u));
  const large = { log: whole, rest: f.subtract(whole, f.divide(u, f.add(one, u))) };
  // from u = ½ on the logarithm itself
  const isLarge = f.unary("step", f.subtract(u, f.number(0.5)));
  const isSmall = f.subtract(one, isLarge);
  const chosen = (a: Value, b: Value): Value => f.add(f.multiply(isSmall, a), f.multiply(isLarge, b));
  return { log: chosen(small.log, large.log), rest: chosen(small.rest, large.rest) };
}
