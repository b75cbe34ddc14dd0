/** Half of a hundred thousand damaged files; `damageMore.long.test.ts` has the others, at the same time on another core. */
import { expect, test } from "vitest";
import { damageFiles } from "./damage/files.ts";

test("50,000 damaged files are refused with a FileError, or work; at once, in little memory", async () => {
  const { refused, works, share, slowest } = await damageFiles(50_000, 42);
  console.log(`${refused} refused, ${works} work; ${share.toFixed(2)} of their bytes; ${slowest.toFixed(0)} ms`);
  expect(refused).toBeGreaterThan(40_000);
  expect(works).toBeGreaterThan(4000);
});
