/** Faults in how texts become words and models are judged on them. */
import type { Fault } from "./fault.ts";

export const wordFaults: readonly Fault[] = [
  {
    name: "a word's end is certain too early",
    file: "data/segments.ts",
    find: "const AHEAD = 4;",
    replace: "const AHEAD = 0;",
    tests: ["data/words.test.ts"],
  },
  {
    name: "a space too many is lost",
    file: "data/words.ts",
    find: "else extra(spaces - expected);",
    replace: "else extra(Math.min(1, spaces - expected));",
    tests: ["data/words.test.ts"],
  },
  {
    name: "the writer forgets that a quotation mark hung on its word",
    file: "data/words.ts",
    find: "rule.pass(token, isSpaced || hasSpace);",
    replace: "rule.pass(token, isSpaced);",
    tests: ["data/words.test.ts"],
  },
  {
    name: "the unknown word's sign is written",
    file: "jobs/generate.ts",
    find: 'generator(seed, "generate"), unknownId(vocabulary))',
    replace: 'generator(seed, "generate"), -1)',
    tests: ["jobs/words.test.ts"],
  },
  {
    name: "the space at a prompt's end is written twice",
    file: "jobs/generate.ts",
    find: 'return isSpaced && text.startsWith(" ") ? text.slice(1) : text;',
    replace: "return text;",
    tests: ["jobs/words.test.ts"],
  },
  {
    name: "words of the validation part count for the vocabulary",
    file: "jobs/wordCorpus.ts",
    find: "blocks.each(Math.floor(blocks.length * (1 - validation) + 1e-9),",
    replace: "blocks.each(blocks.length - 0 * validation,",
    tests: ["jobs/wordCorpus.test.ts"],
  },
  {
    name: "a given-up word keeps its old place",
    file: "jobs/wordCorpus.ts",
    find: "new Int32Array(counts.length).fill(elsewhere)",
    replace: "new Int32Array(counts.length).fill(words.length - 1)",
    tests: ["jobs/wordCorpus.test.ts"],
  },
  {
    name: "eval forgets the state between what is judged at once",
    file: "jobs/evaluateText.ts",
    find: "from = predicted.states;",
    replace: "from = undefined;",
    tests: ["jobs/evaluateText.test.ts"],
  },
  {
    name: "an unknown word counts as guessed right",
    file: "jobs/evaluateText.ts",
    find: "if (target === unknown) return;",
    replace: "if (target === -2) return;",
    tests: ["jobs/evaluateText.test.ts"],
  },
  {
    name: "bits a character are bits a word",
    file: "jobs/evaluateText.ts",
    find: "(loss * judged.tokens) / judged.characters / log(2)",
    replace: "loss / log(2)",
    tests: ["jobs/evaluateText.test.ts"],
  },
];
