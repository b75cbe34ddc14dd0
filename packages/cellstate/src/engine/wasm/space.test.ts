/** Regions of the wasm engine's memory: zeroed, apart, given back and joined again, through growth. */
import { describe, expect, test } from "vitest";
import type { Region } from "../engine.ts";
import { createMemory } from "./space.ts";
import { randomNumbers } from "./testing.ts";

describe("regions", () => {
  test("are aligned to 8 numbers and zeroed, also where others have been", () => {
    const memory = createMemory();
    const regions: Region[] = [];
    for (const length of [1, 7, 8, 100, 5000, 0]) {
      const region = memory.allocate(length);
      expect(region.address % 8).toBe(0);
      expect(memory.floats(region).length).toBe(length);
      memory.floats(region).fill(Number.NaN);
      regions.push(region);
    }
    for (const region of regions) memory.free(region);
    expect(memory.floats(memory.allocate(6000)).every((value) => value === 0)).toBe(true);
  });

  test("never overlap, through thousands of allocations and releases", () => {
    const memory = createMemory();
    const next = randomNumbers(2);
    const held: { region: Region; mark: number }[] = [];
    for (let turn = 1; turn <= 3000; turn++) {
      if (held.length > 20 && next() < 0.1) {
        const [gone] = held.splice(Math.floor(((next() + 1) / 2) * held.length), 1);
        expect(memory.floats(gone!.region).every((value) => value === gone!.mark)).toBe(true);
        memory.free(gone!.region);
      } else {
        const region = memory.allocate(Math.floor((next() + 1) * 500));
        expect(memory.floats(region).every((value) => value === 0)).toBe(true);
        memory.floats(region).fill(turn);
        held.push({ region, mark: turn });
      }
    }
    for (const { region, mark } of held) {
      expect(memory.floats(region).every((value) => value === mark)).toBe(true);
      memory.free(region);
    }
    // Everything has joined into one stretch again: all but the ends fits without growing.
    const bytes = memory.memory.buffer.byteLength;
    memory.allocate(bytes / 4 - 128);
    expect(memory.memory.buffer.byteLength).toBe(bytes);
  });

  test("keep their numbers when the memory grows", () => {
    const memory = createMemory();
    const region = memory.allocate(100);
    memory.floats(region).fill(3);
    const before = memory.memory.buffer.byteLength;
    const large = memory.allocate(10_000_000);
    expect(memory.memory.buffer.byteLength).toBeGreaterThan(before);
    expect(memory.floats(large).length).toBe(10_000_000);
    expect(memory.floats(region).every((value) => value === 3)).toBe(true);
    expect(memory.words()[region.address]).toBe(new Int32Array(Float32Array.of(3).buffer)[0]);
  });

  test("that do not fit are refused with a reason", () => {
    const memory = createMemory();
    expect(() => memory.allocate(2 ** 31)).toThrow("ends at 4 GB");
    expect(memory.floats(memory.allocate(10)).length).toBe(10);
  });

  test("cannot be given back twice", () => {
    const memory = createMemory();
    const region = memory.allocate(10);
    memory.free(region);
    expect(() => memory.free(region)).toThrow("no region begins");
  });
});
