/** What the page has of the story from the start is what was measured, and the story as it is told. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { demonstration, firstCast } from "./demonstration.ts";
import { type PageFacts, pageFacts } from "./page.ts";
import type { Results } from "./results.ts";

const read = (file: string): unknown => JSON.parse(readFileSync(fileURLToPath(new URL(file, import.meta.url)), "utf8"));
const results = read("results.json") as Results;
const facts = read("page.json") as PageFacts;

test("page.json is made of results.json and of the first telling", () => {
  expect(facts).toEqual(JSON.parse(JSON.stringify(pageFacts(results))));
  const { words, questions } = demonstration(firstCast);
  expect(facts.first.words).toEqual(words);
  expect(words[facts.first.question]).toBe(firstCast[2]);
  expect(questions).toHaveLength(1);
});

test("the orthogonal start that is named is the one that was best in validation, of all learning rates", () => {
  const orthogonal = results.runs.filter(({ start }) => start === "orthogonal");
  const best = orthogonal.reduce((a, b) => (b.curve[b.kept]!.named > a.curve[a.kept]!.named ? b : a));
  expect(orthogonal).toHaveLength(facts.learningRates.length);
  expect(facts.orthogonal).toEqual(Object.values(best.scores).map(({ right, stories }) => right / stories));
});
