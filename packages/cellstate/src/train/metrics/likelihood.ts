/** How surprised a model is by what came, without smoothing or class weights of the loss it was trained with. */
import { exp, log } from "../../data/numbers.ts";
import { recorded } from "../../recipe.ts";
import { type Metric, meanOf, type Seen, type Tally, wants } from "./metric.ts";

/** The mean of −log softmax(outputs)_target in nats. */
function nats(seen: Seen): Tally<number> {
  wants("ids", seen, "it is about classes; gaussian() and studentT() are likelihoods of values.");
  return meanOf((outputs, targets) => {
    let largest = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < outputs.length; k++) largest = Math.max(largest, outputs[k]!);
    let sum = 0;
    for (let k = 0; k < outputs.length; k++) sum += exp(outputs[k]! - largest);
    return log(sum) - (outputs[targets[0]!]! - largest);
  });
}

/**
 * Perplexity, e to the mean surprise in nats: between how many equally likely classes the model hesitates.
 * NaN without rows.
 *
 * @example const { metrics } = await evaluate(model, data, { loss: crossEntropy(), metrics: { perplexity: perplexity() } });
 */
export function perplexity(): Metric<number> {
  return recorded("perplexity", [], {
    begin(seen) {
      const { add, result } = nats(seen);
      return { add, result: () => exp(result()) };
    },
  });
}

/**
 * The mean surprise in bits, of characters or whatever the ids stand for. NaN without rows.
 *
 * @example const { metrics } = await evaluate(model, data, { loss: crossEntropy(), metrics: { bits: bitsPerCharacter() } });
 */
export function bitsPerCharacter(): Metric<number> {
  return recorded("bitsPerCharacter", [], {
    begin(seen) {
      const { add, result } = nats(seen);
      return { add, result: () => result() / Math.LN2 };
    },
  });
}
