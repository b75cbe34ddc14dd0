/**
 * Averages of weights along a training: what is judged and kept is their mean and not the last weights, whose noise no
 * gradient has taken out yet. An average is data; when it begins follows from the updates and records so far alone, so
 * that a resumed training has the same.
 */
import { formula } from "../cell/formula.ts";
import { atOnce, type Region } from "../engine/engine.ts";
import { wholeFrom } from "../errors.ts";
import { type Core, OPTIMIZER_ROW } from "../model/core.ts";
import { inMemory } from "../model/memory.ts";
import { check, isPart, noOthers, optionsOf } from "../options.ts";
import { recorded } from "../recipe.ts";
import type { TrainingRecord } from "./checkpoint.ts";
import { type Optimizer, type SgdOptions, sgd } from "./optimizers.ts";

/** How the weights of a training are averaged: `polyak`, `ema` and `nonMonotone` make one. */
export interface Average {
  /** What reports and checkpoints call it. */
  readonly name: string;
  /**
   * The update (from 1) whose weights are the first to be averaged; undefined: not known yet.
   *
   * @param records - all judgements so far
   * @param total - how many updates there will be
   */
  from(records: readonly TrainingRecord[], total: number): number | undefined;
  /** `from` follows from validations: there must be some. */
  readonly needsValidation?: boolean;
  /**
   * How much of the weights that come as the `count`th (from 1) goes into the average; of the first, all: 1.
   *
   * @param count - from 1
   */
  share(count: number): number;
  /**
   * For the library itself: takes memory for the average of a model's weights.
   *
   * @param core - the model's insides
   */
  open(core: Core): Averager;
}

/** The average of one model's weights. */
export interface Averager {
  readonly region: Region;
  /** a += share · (p − a). */
  add(share: number): void;
  /** The average takes the place of the weights, and they take its place. */
  exchange(): void;
  close(): void;
}

function open({ space, parameters }: Core): Averager {
  const f = formula();
  const a = f.read("average");
  f.write("average", f.add(a, f.multiply(f.scalar("share"), f.subtract(f.read("p"), a))));
  const weights = parameters.region;
  const rows = weights.length / OPTIMIZER_ROW;
  const [region, scalar, run] = inMemory(() => {
    const program = space.compile(f.schedule("Average"), { units: OPTIMIZER_ROW });
    return [space.allocate(weights.length), space.allocate(8), program.bind({ batch: 1, rows }, { backward: false })];
  });
  run.place("p", weights);
  run.place("average", region);
  run.place("share", scalar);
  const all = { batch: 1, steps: rows, active: new Uint32Array(rows).fill(1) };
  return {
    region,
    add(share) {
      if (share === 1) return space.floats(region).set(space.floats(weights));
      space.floats(scalar)[0] = share;
      atOnce(run.forward(all));
    },
    exchange() {
      const kept = space.floats(weights).slice();
      space.floats(weights).set(space.floats(region));
      space.floats(region).set(kept);
    },
    close() {
      run.close();
      space.free(scalar);
      space.free(region);
    },
  };
}

const equally = (count: number): number => 1 / count;

/**
 * The mean of all weights from some update on (Polyak and Juditsky, 1992; late in a training it is stochastic weight
 * averaging, Izmailov et al., 2018).
 *
 * @param options.from - below 1: the part of the training before it begins; else the first update. Default 0.75
 * @throws {ArgumentError} if `from` is neither
 * @example await train(model, data, { ...options, average: polyak({ from: 0.5 }) });
 */
export function polyak(options: { readonly from?: number } = {}): Average {
  const { from = 0.75, ...others } = optionsOf("polyak", options);
  noOthers("polyak", others);
  const expected = "a part of the training from 0 up to, not with, 1, or the number of an update";
  const mend = "for example polyak({ from: 0.75 }), or polyak({ from: 1000 }).";
  check(isPart(from) || (Number.isSafeInteger(from) && from > 0), "polyak", "from", from, { expected, mend });
  return recorded("polyak", [options], {
    name: "polyak",
    from: (_, total) => (from < 1 ? Math.floor(from * total) + 1 : from),
    share: equally,
    open,
  });
}

/**
 * The exponential moving average of the weights from the first update on: a = d·a + (1 − d)·p; it looks back over some
 * 1 / (1 − d) updates.
 *
 * @param options.decay - d, from 0 up to, not with, 1; default 0.999
 * @throws {ArgumentError} if it is out of its range
 * @example await train(model, data, { ...options, average: ema({ decay: 0.99 }) });
 */
export function ema(options: { readonly decay?: number } = {}): Average {
  const { decay = 0.999, ...others } = optionsOf("ema", options);
  noOthers("ema", others);
  const mend = "0.99 looks back over 100 updates, 0.999 over 1,000.";
  check(isPart(decay), "ema", "decay", decay, { expected: "a number from 0 up to, not with, 1", mend });
  return recorded("ema", [options], {
    name: "ema",
    from: () => 1,
    share: (count) => (count === 1 ? 1 : 1 - decay),
    open,
  });
}

/**
 * The mean of all weights from the validation on that is worse than the best of those more than `checks` before it
 * (Merity et al., 2018, algorithm 1). It needs a validation; how often it comes, `validateEvery`, is the paper's L.
 *
 * @param options.checks - the paper's n, a whole number of at least 0; default 5
 * @throws {ArgumentError} if it is none
 * @example await train(model, data, { ...options, validation, average: nonMonotone({ checks: 5 }) });
 */
export function nonMonotone(options: { readonly checks?: number } = {}): Average {
  const { checks = 5, ...others } = optionsOf("nonMonotone", options);
  noOthers("nonMonotone", others);
  wholeFrom(0, "nonMonotone", "checks", checks);
  return recorded("nonMonotone", [options], {
    name: "nonMonotone",
    needsValidation: true,
    from(records) {
      const judged = records.filter(({ validationLoss }) => Number.isFinite(validationLoss));
      let best = Number.POSITIVE_INFINITY; // of those more than `checks` before the one looked at
      return judged.find(({ validationLoss }, t) => {
        if (t > checks) best = Math.min(best, judged[t - checks - 1]!.validationLoss!);
        return validationLoss! > best;
      })?.step;
    },
    share: equally,
    open,
  });
}

/**
 * NT-ASGD (Merity et al., 2018, arXiv 1708.02182): plain SGD at a constant, large rate, with `nonMonotone` averaging.
 * Both as options of `train`, which needs a `validation`.
 *
 * @param options.checks - the paper's n, a whole number of at least 0; default 5
 * @throws {ArgumentError} if a number is out of its range
 * @example await train(model, data, { ...ntAsgd({ learningRate: 30 }), loss, validation, clipNorm: 0.25, epochs: 100 });
 */
export function ntAsgd(options: SgdOptions & { readonly checks?: number }): {
  readonly optimizer: Optimizer;
  readonly average: Average;
} {
  const { checks = 5, ...others } = optionsOf("ntAsgd", options);
  return { optimizer: sgd(others), average: nonMonotone({ checks }) };
}
