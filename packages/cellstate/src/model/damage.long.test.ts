/** A hundred thousand damaged files, from another seed than the ten thousand of `damage.test.ts`. */
import { expect, test } from "vitest";
import { damageFiles } from "./testingDamage.ts";

test("100,000 damaged files are refused with a FileError, or work; at once, in little memory", async () => {
  const { refused, works, share, slowest } = await damageFiles(100_000, 42);
  console.log(`${refused} refused, ${works} work; ${share.toFixed(2)} of their bytes; ${slowest.toFixed(0)} ms`);
  expect(refused).toBeGreaterThan(70_000);
  expect(works).toBeGreaterThan(3000);
});
