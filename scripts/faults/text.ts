/** Faults in what is counted in texts and remembered of them. */
import type { Fault } from "./fault.ts";

const kneserNey = ["jobs/kneserNey/kneserNey.test.ts"];
const cache = ["jobs/neuralCache.test.ts"];

export const textFaults: readonly Fault[] = [
  {
    name: "lower orders of n-grams count occurrences, not what stands in front",
    file: "jobs/kneserNey/counting.ts",
    find: "levelsOf(trie, firsts, trie.continuationsOf, order - 1)",
    replace: "levelsOf(trie, firsts, trie.countOf, order - 1)",
    tests: kneserNey,
  },
  {
    name: "the highest order's continuations are counted into its own discounts",
    file: "jobs/kneserNey/counting.ts",
    find: "levelsOf(trie, firsts, trie.countOf, order)",
    replace: "levelsOf(trie, firsts, trie.continuationsOf, order)",
    tests: kneserNey,
  },
  {
    name: "an n-gram's continuation goes to the wrong rest",
    file: "jobs/kneserNey/counting.ts",
    find: "trie.addContinuation(nodes[t + 1]!)",
    replace: "trie.addContinuation(nodes[t]!)",
    tests: kneserNey,
  },
  {
    name: "all counts lose the same discount",
    file: "jobs/kneserNey/discounts.ts",
    find: "discounts[count > 3 ? 3 : count]!",
    replace: "discounts[count > 1 ? 1 : count]!",
    tests: kneserNey,
  },
  {
    name: "the third discount forgets its factor",
    file: "jobs/kneserNey/discounts.ts",
    find: "3 - (4 * y * n4) / n3",
    replace: "3 - (3 * y * n4) / n3",
    tests: kneserNey,
  },
  {
    name: "a context that was never seen gives no probability to lower orders",
    file: "jobs/kneserNey/counting.ts",
    find: "if (total === 0) return lower;",
    replace: "if (total === 0) return lower / 2;",
    tests: kneserNey,
  },
  {
    name: "a growing table of n-grams loses one",
    file: "jobs/kneserNey/trie.ts",
    find: "for (let node = 1; node < size; node++) slots",
    replace: "for (let node = 2; node < size; node++) slots",
    tests: kneserNey,
  },
  {
    name: "a limit on what is counted is not kept",
    file: "jobs/kneserNey/counting.ts",
    find: "training.length - counted, order",
    replace: "0, order",
    tests: kneserNey,
  },
  {
    name: "the baseline shows the longest n-grams, not the best",
    file: "jobs/baseline.ts",
    find: "Math.min(...losses)",
    replace: "losses.at(-1)!",
    tests: ["jobs/baseline.test.ts"],
  },
  {
    name: "a cache remembers a state with what came before it",
    file: "jobs/neuralCache.ts",
    find: "states.set(before, next * width);",
    replace: "stream.features(before);\n        states.set(before, next * width);",
    tests: cache,
  },
  {
    name: "a cache never forgets what is older than its size",
    file: "jobs/neuralCache.ts",
    find: "next = next + 1 === size ? 0 : next + 1;",
    replace: "next = next + 1 === size ? size - 1 : next + 1;",
    tests: cache,
  },
  {
    name: "a cache's likeness ignores θ",
    file: "jobs/neuralCache.ts",
    find: "exp(theta * (likeness[i]! - nearest));",
    replace: "exp(likeness[i]! - nearest);",
    tests: cache,
  },
  {
    name: "what θ and λ were chosen on is judged too",
    file: "jobs/evaluateWithCache.ts",
    find: "if (t < chosenOn) {",
    replace: "if (t < chosenOn) {\n      cachedLoss += own;",
    tests: cache,
  },
  {
    name: "a stream's features are the first layer's",
    file: "model/stream.ts",
    find: "const from = stages.find((stage) => stage.to === end)!.from;",
    replace: "const from = stages.find((stage) => stage.to !== end)!.to;",
    tests: ["model/features.test.ts"],
  },
];
