/** Ten thousand damaged files; a hundred thousand more: `damage*.long.test.ts`. And what counts their memory counts it all. */
import { expect, test } from "vitest";
import { asking } from "../packages/cellstate/src/model/testingMemory.ts";
import { damageFiles } from "./damage/files.ts";

test("10,000 damaged files are refused with a FileError, or work; at once, in little memory", {
  timeout: 300_000,
}, async () => {
  const { refused, works, share, slowest } = await damageFiles(10_000, 41);
  console.log(`${refused} refused, ${works} work; ${share.toFixed(2)} of their bytes; ${slowest.toFixed(0)} ms`);
  expect(refused).toBeGreaterThan(7000);
  expect(works).toBeGreaterThan(300);
});

test.each<[string, () => unknown, number]>([
  ["a new array", () => new Float32Array(100), 400],
  ["a list's array", () => Float64Array.from([1, 2, 3]), 24],
  ["an array of arguments", () => Uint16Array.of(1, 2), 4],
  ["a copy", () => new Uint8Array(new Int8Array(7)), 14],
  ["a slice", () => new Int32Array(5).slice(1), 36],
  ["what a map gives", () => new Uint32Array(5).map((v) => v + 1), 40],
  ["what a filter gives", () => new Float32Array(5).filter(() => true), 40],
  ["bare memory", () => new ArrayBuffer(1000), 1000],
  ["shared memory", () => new SharedArrayBuffer(24), 24],
  ["a view of either only once", () => new Float64Array(new ArrayBuffer(80), 8, 2).subarray(1), 80],
  ["encoded text", () => new TextEncoder().encode("äb"), 3],
  ["WebAssembly memory", () => new WebAssembly.Memory({ initial: 3 }), 3 * 65_536],
  ["more of it", () => new WebAssembly.Memory({ initial: 1, maximum: 5 }).grow(2), 3 * 65_536],
  ["nothing where nothing is made", () => [1, "text", {}], 0],
])("counted: %s", async (_, make, bytes) => {
  expect((await asking(make)).bytes).toBe(bytes);
});
