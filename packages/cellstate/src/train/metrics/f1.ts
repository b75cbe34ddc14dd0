/** Which classes are taken for which, and what precision and recall come to. */
import { ArgumentError, wholeFrom } from "../../errors.ts";
import { noOthers, optionsOf } from "../../options.ts";
import { recorded } from "../../recipe.ts";
import { checkDecisions, isOne, isYes, largestOf } from "./decisions.ts";
import type { Metric, Seen, Tally } from "./metric.ts";

/** Which of the F1 scores. */
export interface F1Options {
  /**
   * `"binary"`: of one class against the rest · `"macro"`: the mean over classes · `"micro"`: of all decisions together
   * · `"weighted"`: the mean over classes by how often each is the target.
   */
  readonly average: "binary" | "macro" | "micro" | "weighted";
  /** The class that `"binary"` looks at. Default 1. */
  readonly positive?: number;
}

const averages = ["binary", "macro", "micro", "weighted"] as const;

/** Weights by class: rightly taken for it, wrongly taken for it, missed. */
interface Counts {
  readonly hits: Float64Array;
  readonly wrong: Float64Array;
  readonly missed: Float64Array;
}

/** With ids a row has one decision; with targets of 0 and 1 one for each output, which then is a class of its own. */
function counted(seen: Seen): Omit<Tally<never>, "result"> & Counts {
  checkDecisions(seen);
  const [hits, wrong, missed] = [0, 1, 2].map(() => new Float64Array(seen.outputs)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  return {
    hits,
    wrong,
    missed,
    add(outputs, targets, weight) {
      if (seen.targets === "ids") {
        const [taken, id] = [largestOf(outputs), targets[0]!];
        if (taken === id) hits[id]! += weight;
        else {
          wrong[taken]! += weight;
          missed[id]! += weight;
        }
        return;
      }
      for (let k = 0; k < seen.width; k++) {
        const [said, is] = [isYes(outputs[k]!), isOne(targets[k]!, seen)];
        if (said) (is ? hits : wrong)[k]! += weight;
        else if (is) missed[k]! += weight;
      }
    },
  };
}

/** 2 hits / (2 hits + wrong + missed), and 0 of nothing at all. */
const f1Of = (hits: number, wrong: number, missed: number): number => {
  const all = 2 * hits + wrong + missed;
  return all === 0 ? 0 : (2 * hits) / all;
};
const sumOf = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0);

/**
 * F1, the harmonic mean of precision and recall, by scikit-learn's rules: a class that is nowhere rightly predicted has
 * 0, and so has `"binary"` where its class occurs nowhere. NaN without rows.
 *
 * With ids the largest output decides, and an id that is neither target nor prediction of any row is left out of
 * `"macro"`. With targets of 0 and 1 each output is a class of its own, predicted above 0, and none is left out;
 * `"binary"` needs exactly one.
 *
 * @throws {ArgumentError} if `average` is none of the four, or `positive` no class
 * @example const { metrics } = await evaluate(model, data, { loss: crossEntropy(), metrics: { f1: f1({ average: "macro" }) } });
 */
export function f1(options: F1Options): Metric<number> {
  const { average, positive = 1, ...others } = optionsOf("f1", options);
  noOthers("f1", others);
  if (!averages.includes(average)) {
    const expected = `one of ${averages.join(", ")}`;
    const mend = "macro, where all classes matter alike; weighted, where rows do.";
    throw new ArgumentError({ where: "f1", argument: "average", given: average, expected, mend });
  }
  return recorded("f1", [options], {
    begin(seen) {
      const one = positiveOf(seen, average, positive);
      const { hits, wrong, missed, add } = counted(seen);
      let rows = 0;
      return {
        add(outputs, targets, weight) {
          rows++;
          add(outputs, targets, weight);
        },
        result() {
          if (rows === 0) return Number.NaN;
          if (average === "binary") return f1Of(hits[one]!, wrong[one]!, missed[one]!);
          if (average === "micro") return f1Of(sumOf(hits), sumOf(wrong), sumOf(missed));
          let sum = 0;
          let all = 0;
          hits.forEach((own, k) => {
            const occurs = seen.targets === "values" || own + wrong[k]! + missed[k]! > 0;
            const share = average === "macro" ? Number(occurs) : own + missed[k]!;
            sum += share * f1Of(own, wrong[k]!, missed[k]!);
            all += share;
          });
          return all === 0 ? 0 : sum / all;
        },
      };
    },
  });
}

/** Which count `"binary"` reads. */
function positiveOf(seen: Seen, average: F1Options["average"], positive: number): number {
  if (average !== "binary") return 0;
  const { targets, outputs, where, argument } = seen;
  if (targets === "ids") {
    wholeFrom(0, where, `${argument}.positive`, positive, outputs - 1);
    return positive;
  }
  checkOne(seen, 'average: "macro", "micro" or "weighted" take several.');
  return 0;
}

/** @throws {ArgumentError} if there are several yes-or-no outputs */
function checkOne({ outputs, where, argument }: Seen, mend: string): void {
  if (outputs === 1) return;
  const described = `about one decision a row, and there are ${outputs}`;
  throw new ArgumentError({ where, argument, given: outputs, described, expected: "one output, or ids", mend });
}

/**
 * How often each class was taken for which, weighted: `matrix[target][prediction]`, `[V][V]`. With one output and targets
 * of 0 and 1 it is `[2][2]`. All 0 without rows.
 *
 * @example const { metrics } = await evaluate(model, data, { loss: crossEntropy(), metrics: { taken: confusionMatrix() } });
 */
export function confusionMatrix(): Metric<number[][]> {
  return recorded("confusionMatrix", [], {
    begin(seen) {
      checkDecisions(seen);
      const ids = seen.targets === "ids";
      if (!ids) checkOne(seen, "take one output at a time, or f1({ average }).");
      const classes = ids ? seen.outputs : 2;
      const matrix = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
      return {
        add(outputs, targets, weight) {
          const target = ids ? targets[0]! : Number(isOne(targets[0]!, seen));
          matrix[target]![ids ? largestOf(outputs) : Number(isYes(outputs[0]!))]! += weight;
        },
        result: () => matrix,
      };
    },
  });
}
