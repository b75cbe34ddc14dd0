/** Kneser-Ney on tiny Shakespeare, beside the figures of another program. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { corpusOf } from "../corpus.ts";
import { kneserNey } from "./kneserNey.ts";

test("n-grams of 3 to 8 reach on tiny Shakespeare what another program reaches", { timeout: 60_000 }, () => {
  const path = fileURLToPath(new URL("../../../../cli/data/tiny-shakespeare.txt", import.meta.url));
  const { ids, vocabulary } = corpusOf(readFileSync(path, "utf8"));
  const counts = kneserNey(ids.subarray(0, 1_003_854), { order: 8, vocabulary: vocabulary.characters.length });
  const losses = counts.losses(ids.subarray(1_003_854));
  // that program's figures have three decimals; how it treats the text's first characters is not known
  const known = [2.038, 1.719, 1.561, 1.523, 1.516, 1.519];
  known.forEach((figure, k) => expect(Math.abs(losses[k + 2]! - figure)).toBeLessThan(0.001));
});
