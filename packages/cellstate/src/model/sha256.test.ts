import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { generator } from "../data/random.ts";
import { sha256 } from "./sha256.ts";

const random = generator(1, "sha256");
const bytesOf = (length: number): Uint8Array => Uint8Array.from({ length }, () => random.integer(256));
const expected = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

test("the standard's own example", () => {
  const hex = sha256().update(new TextEncoder().encode("abc")).hex();
  expect(hex).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});

test("every length from 0 to 300 bytes agrees with node:crypto", () => {
  for (let length = 0; length <= 300; length++) {
    const bytes = bytesOf(length);
    expect(sha256().update(bytes).hex(), `${length} bytes`).toBe(expected(bytes));
  }
});

test("bytes in pieces, from views at odd offsets, agree with the whole", () => {
  const bytes = bytesOf(10_007);
  const digest = sha256();
  for (let at = 0; at < bytes.length; ) {
    const length = random.integer(200);
    digest.update(bytes.subarray(at, at + length));
    at += length;
  }
  expect(digest.hex()).toBe(expected(bytes));
});
