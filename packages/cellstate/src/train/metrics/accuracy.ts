/** How often a decision is right, and how often the right class is among the first. */
import { wholeFrom } from "../../errors.ts";
import { noOthers, optionsOf } from "../../options.ts";
import { recorded } from "../../recipe.ts";
import { checkDecisions, isOne, isYes, largestOf } from "./decisions.ts";
import { type Metric, meanOf, wants } from "./metric.ts";

/**
 * The share of rows whose largest output is the target's; with targets of 0 and 1, the share of all outputs that are
 * above 0 where the target is 1, and not where it is 0. NaN without rows.
 *
 * @example const { metrics } = await evaluate(model, data, { loss: crossEntropy(), metrics: { accuracy: accuracy() } });
 */
export function accuracy(): Metric<number> {
  return recorded("accuracy", [], {
    begin(seen) {
      checkDecisions(seen);
      if (seen.targets === "ids") return meanOf((outputs, targets) => Number(largestOf(outputs) === targets[0]));
      return meanOf((outputs, targets) => {
        let right = 0;
        for (let k = 0; k < seen.width; k++) right += Number(isYes(outputs[k]!) === isOne(targets[k]!, seen));
        return right / seen.width;
      });
    },
  });
}

/**
 * The share of rows whose target is among the k largest outputs; of equal outputs the earlier comes first, so that k = 1
 * is the accuracy. NaN without rows.
 *
 * @param options.k - 1 … the number of classes
 * @throws {ArgumentError} if k is no such number
 * @example const { metrics } = await evaluate(model, data, { loss: crossEntropy(), metrics: { top5: topKRecall({ k: 5 }) } });
 */
export function topKRecall(options: { readonly k: number }): Metric<number> {
  const { k, ...others } = optionsOf("topKRecall", options);
  noOthers("topKRecall", others);
  wholeFrom(1, "topKRecall", "k", k);
  return recorded("topKRecall", [options], {
    begin(seen) {
      wants("ids", seen, "for values: mse(), mae(), r2().");
      wholeFrom(1, seen.where, `${seen.argument}.k`, k, seen.outputs);
      return meanOf((outputs, targets) => {
        const id = targets[0]!;
        const own = outputs[id]!;
        let before = 0;
        for (let c = 0; c < outputs.length; c++) {
          if (!(outputs[c]! < own) && (outputs[c] !== own || c < id) && c !== id) before++;
        }
        return Number(before < k);
      });
    },
  });
}
