/** A learning rate that falls when the validation loss no longer does: what it is follows from the records so far. */
import { ArgumentError } from "../errors.ts";
import { isNumber, noOthers, optionsOf } from "../options.ts";
import { recorded } from "../recipe.ts";
import type { Rate } from "./rates.ts";

export interface PlateauOptions {
  /** The first one. */
  readonly learningRate: number;
  /** What it is multiplied with. Default 0.1. */
  readonly factor?: number;
  /** So many validations in a row without a better loss are borne; the next one lowers the rate. Default 10. */
  readonly patience?: number;
  /** A loss is better if it is below (1 − threshold) times the best so far. Default 1e-4. */
  readonly threshold?: number;
  /** After a fall so many validations are not counted. Default 0. */
  readonly cooldown?: number;
  /** The rate falls no lower. Default 0. */
  readonly least?: number;
}

/**
 * The rate falls when validations no longer get better (PyTorch's ReduceLROnPlateau with mode "min", threshold_mode "rel"
 * and eps 0). Without a validation it looks at each record's training loss.
 *
 * @throws {ArgumentError} if a number is out of its range
 * @example sgd({ learningRate: plateau({ learningRate: 1, factor: 0.5, patience: 2 }) })
 */
export function plateau(options: PlateauOptions): Rate {
  const { learningRate, factor = 0.1, patience = 10, threshold = 1e-4, ...more } = optionsOf("plateau", options);
  const { cooldown = 0, least = 0, ...others } = more;
  noOthers("plateau", others);
  const isCount = (n: number): boolean => Number.isSafeInteger(n) && n >= 0;
  const areNumbers = [learningRate, factor, threshold, least].every(isNumber);
  const isRate = areNumbers && learningRate > 0 && least >= 0 && least <= learningRate && factor > 0 && factor < 1;
  if (!(isRate && isCount(patience) && isCount(cooldown) && threshold >= 0 && threshold < 1)) {
    throw new ArgumentError({
      where: "plateau",
      argument: "options",
      given: { learningRate, factor, patience, threshold, cooldown, least },
      described: `learningRate ${learningRate}, factor ${factor}, patience ${patience}, threshold ${threshold}, cooldown ${cooldown}, least ${least}`,
      expected:
        "a rate above 0, least from 0 to it, a factor between 0 and 1, patience and cooldown whole numbers of at least 0, a threshold from 0 up to, not with, 1",
      mend: "for example plateau({ learningRate: 1, factor: 0.5, patience: 2 }).",
    });
  }
  return recorded("plateau", [{ learningRate, factor, patience, threshold, cooldown, least }], {
    name: "plateau",
    at(_step, _total, records = []) {
      let rate = learningRate;
      let best = Number.POSITIVE_INFINITY;
      let worse = 0;
      let resting = 0;
      for (const { validationLoss, trainLoss } of records) {
        const loss = validationLoss ?? trainLoss;
        if (loss < best * (1 - threshold)) {
          best = loss;
          worse = 0;
        } else worse++;
        if (resting > 0) {
          resting--;
          worse = 0;
        }
        if (worse <= patience) continue;
        rate = Math.max(least, rate * factor);
        resting = cooldown;
        worse = 0;
      }
      return rate;
    },
  });
}
