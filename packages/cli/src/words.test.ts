/** Numbers, sizes and near misses as people read them. */
import { expect, test } from "vitest";
import { bytes, clock, duration, named, oneLine, rate, short, whole } from "./format.ts";
import { nearest } from "./nearest.ts";

test("numbers and times are short and exact", () => {
  expect([0, 999, 1000, 1115394].map(whole)).toEqual(["0", "999", "1 000", "1 115 394"]);
  expect([512, 1234, 83_123, 1_115_394, 2e7, 3e10].map(short)).toEqual(["512", "1.2k", "83k", "1.1M", "20M", "30G"]);
  expect([17, 1500, 30_000, 1_115_394, 2e8].map(bytes)).toEqual(["17 bytes", "1.5 KB", "30 KB", "1.1 MB", "200 MB"]);
  expect([0, 59.4, 60, 3723].map(clock)).toEqual(["0:00", "0:59", "1:00", "1:02:03"]);
  expect([0.4, 59.6, 112, 7500].map(duration)).toEqual(["0s", "1m00s", "1m52s", "2h05m"]);
  expect([8e-3, 1e-5, 1].map(rate)).toEqual(["8.0e-3", "1.0e-5", "1.0e0"]);
});

test("a text on one line shows its line ends, is cut by characters, and cannot move the cursor", () => {
  expect(oneLine("a\nb\n\nc", 40)).toBe("a ↵ b ↵ c");
  expect(oneLine("🙂🙂🙂🙂", 3)).toBe("🙂🙂…");
  expect(oneLine("a\u001b[2Jb\r\u0007c", 40)).not.toMatch(/[\u0000-\u001f]/);
  expect([named("é"), named("\r"), named("\u200b")]).toEqual(["é", "U+000D", "U+200B"]);
});

test("the nearest name is the one meant, or none", () => {
  const flags = ["temperature", "top-k", "top-p", "seed", "units", "force"];
  expect(nearest("tempreature", flags)).toBe("temperature");
  expect(nearest("temprature", flags)).toBe("temperature");
  expect(nearest("topk", flags)).toBe("top-k");
  expect(nearest("sede", flags)).toBe("seed");
  expect(nearest("temp", flags)).toBe("temperature");
  expect(nearest("colour", flags)).toBeUndefined();
  expect(nearest("x".repeat(10_000), flags)).toBeUndefined();
});
