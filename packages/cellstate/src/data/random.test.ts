import { expect, test } from "vitest";
import { generator, permutation } from "./random.ts";

const take = <T>(count: number, draw: () => T): T[] => Array.from({ length: count }, draw);
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

test("the same seed and purpose draw the same numbers; another seed or purpose draws others", () => {
  const draws = (seed: number, purpose: string | number) => take(20, generator(seed, purpose).uniform);
  expect(draws(7, "start")).toEqual(draws(7, "start"));
  const sets = [draws(7, "start"), draws(8, "start"), draws(7, "stars"), draws(7 + 2 ** 32, "start"), draws(7, 3)];
  expect(new Set(sets.flat()).size).toBe(100);
});

test("draws are pinned, so that a seed means the same in every release and engine", () => {
  const random = generator(1, "pinned");
  expect([random.uniform(), random.integer(1000), random.normal()]).toMatchInlineSnapshot(`
    [
      0.3456953385128504,
      66,
      -0.9572014832226858,
    ]
  `);
});

test("a restored generator goes on where the state was taken, through JSON", () => {
  const random = generator(2 ** 40 + 3, "a");
  take(13, random.normal);
  const state = JSON.parse(JSON.stringify(random.state()));
  const rest = take(9, random.normal);
  const other = generator(0, "b");
  other.restore(state);
  expect(take(9, other.normal)).toEqual(rest);
});

test("the count runs on beyond 2³² words without repeating", () => {
  const random = generator(1, "long");
  const first = take(5, random.uniform);
  random.restore({ seed: 1, purpose: "long", drawn: 2 ** 32 });
  expect(take(5, random.uniform)).not.toEqual(first);
});

test("uniform has the mean, variance and correlation of the uniform distribution", () => {
  const values = take(200_000, generator(5, "uniform").uniform);
  expect(Math.min(...values.slice(0, 50_000))).toBeGreaterThanOrEqual(0);
  expect(mean(values)).toBeCloseTo(0.5, 2);
  expect(mean(values.map((v) => (v - 0.5) ** 2))).toBeCloseTo(1 / 12, 3);
  expect(Math.abs(mean(values.slice(1).map((v, i) => (v - 0.5) * (values[i]! - 0.5))))).toBeLessThan(0.001);
});

test("seeds that follow one another draw uncorrelated numbers", () => {
  const values = Array.from({ length: 50_000 }, (_, seed) => generator(seed, "s").uniform());
  expect(mean(values)).toBeCloseTo(0.5, 2);
  expect(Math.abs(mean(values.slice(1).map((v, i) => (v - 0.5) * (values[i]! - 0.5))))).toBeLessThan(0.002);
});

test("integer hits every value about equally often", () => {
  const random = generator(3, "dice");
  const counts = new Array(6).fill(0);
  for (let k = 0; k < 60_000; k++) counts[random.integer(6)]++;
  const chiSquare = counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
  expect(chiSquare).toBeLessThan(20.5); // 99.9 % for 5 degrees of freedom
});

test("normal has the moments and tails of the normal distribution", () => {
  const values = take(200_000, generator(4, "normal").normal);
  expect(Math.abs(mean(values))).toBeLessThan(0.01);
  expect(mean(values.map((v) => v ** 2))).toBeCloseTo(1, 1);
  expect(Math.abs(mean(values.map((v) => v ** 3)))).toBeLessThan(0.05);
  expect(mean(values.map((v) => v ** 4))).toBeCloseTo(3, 0);
  const beyond = values.filter((v) => Math.abs(v) > 3).length / values.length;
  expect(beyond).toBeGreaterThan(0.002);
  expect(beyond).toBeLessThan(0.0034); // 0.0027
});

test("a permutation holds every index once, and all orders of three are about equally likely", () => {
  const random = generator(9, "order");
  expect([...permutation(1000, random)].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
  const counts = new Map<string, number>();
  for (let k = 0; k < 6000; k++) {
    const order = permutation(3, random).join("");
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  expect(counts.size).toBe(6);
  for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(120);
  expect(permutation(0, random).length).toBe(0);
});

test.each([-1, 1.5, Number.NaN, 2 ** 53, "1"])("seed %s is refused with its range", (seed) => {
  expect(() => generator(seed as number, "a")).toThrow(
    /seed is .*; expected a whole number from 0 to 9007199254740991/,
  );
});

test("integer(0) is refused", () => {
  expect(() => generator(1, "a").integer(0)).toThrow(
    "generator.integer: n is 0; expected a whole number of at least 1.",
  );
});
