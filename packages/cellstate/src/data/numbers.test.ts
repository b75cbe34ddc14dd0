import { describe, expect, test } from "vitest";
import { mix } from "../engine/noise.ts";
import { cosPi, exp, log, pow, sinPi } from "./numbers.ts";

const ordered = new DataView(new ArrayBuffer(8));
/** A double's place among all doubles, so that a difference counts units in the last place. */
function place(value: number): bigint {
  ordered.setFloat64(0, value);
  const word = ordered.getBigInt64(0);
  return word < 0n ? -(word & 0x7fffffffffffffffn) : word;
}
function ulps(given: number, expected: number): number {
  if (Object.is(given, expected) || (Number.isNaN(given) && Number.isNaN(expected))) return 0;
  if (Number.isNaN(given) || Number.isNaN(expected)) return Number.POSITIVE_INFINITY;
  const distance = place(given) - place(expected);
  return Number(distance < 0n ? -distance : distance);
}

let counter = 0;
const uniform = (low: number, high: number): number => low + ((high - low) * mix(counter++)) / 2 ** 32;
const worst = (count: number, given: (n: number) => [number, number]): number => {
  let most = 0;
  for (let n = 0; n < count; n++) most = Math.max(most, ulps(...given(n)));
  return most;
};

// Math.* is itself within 1 ulp, so 2 is the bar for two functions of 1 ulp each.
describe("against the engine's own functions, within 2 units in the last place", () => {
  test("exp over its whole range, subnormal results included", () => {
    const at = (low: number, high: number) => (): [number, number] => {
      const x = uniform(low, high);
      return [exp(x), Math.exp(x)];
    };
    expect(worst(100_000, at(-745.2, 709.8))).toBeLessThanOrEqual(2);
    expect(worst(100_000, at(-1, 1))).toBeLessThanOrEqual(2);
    expect(worst(10_000, at(-745.2, -700))).toBeLessThanOrEqual(2);
  });

  test("log over all magnitudes and next to 1", () => {
    const magnitude = (): [number, number] => {
      const x = uniform(0.5, 1) * 2 ** Math.floor(uniform(-1073, 1024));
      return [log(x), Math.log(x)];
    };
    const nearOne = (): [number, number] => {
      const x = 1 + uniform(-1, 1) * 2 ** -Math.floor(uniform(1, 50));
      return [log(x), Math.log(x)];
    };
    expect(worst(100_000, magnitude)).toBeLessThanOrEqual(2);
    expect(worst(100_000, nearOne)).toBeLessThanOrEqual(2);
  });

  test("pow over magnitudes", () => {
    const wide = (): [number, number] => {
      const x = uniform(0.5, 1) * 2 ** Math.floor(uniform(-500, 500));
      const y = uniform(-3, 3);
      return [pow(x, y), x ** y];
    };
    expect(worst(100_000, wide)).toBeLessThanOrEqual(3); // V8's own is up to 1.7 off here
  });
});

/** xⁿ in whole numbers, rounded once. V8's `**` is 650 units off for x near 1 and a large n. */
function exactPower(x: number, n: number): number {
  const numerator = BigInt(x * 2 ** 60) ** BigInt(n);
  const extra = numerator.toString(16).length * 4 - 80;
  const top = extra > 0 ? numerator >> BigInt(extra) : numerator;
  const exponent = Math.max(extra, 0) - 60 * n;
  return Number(top) * 2 ** Math.floor(exponent / 2) * 2 ** Math.ceil(exponent / 2);
}

test("whole powers next to 1 are within 1 unit of the exact ones: Adam's 0.999ⁿ and others", () => {
  for (let n = 1; n <= 3000; n += 7) expect(ulps(pow(0.999, n), exactPower(0.999, n))).toBeLessThanOrEqual(1);
  for (let k = 0; k < 600; k++) {
    const x = 1 + uniform(-1, 1) * 2 ** -Math.floor(uniform(3, 20));
    const n = Math.floor(uniform(1, 2000));
    expect(ulps(pow(x, n), exactPower(x, n)), `pow(${x}, ${n})`).toBeLessThanOrEqual(1);
  }
});

test("cosPi and sinPi agree with Math.cos and Math.sin, which see πx rounded", () => {
  for (let n = 0; n < 50_000; n++) {
    const x = uniform(-1, 1);
    expect(Math.abs(cosPi(x) - Math.cos(Math.PI * x))).toBeLessThan(5e-16);
    expect(Math.abs(sinPi(x) - Math.sin(Math.PI * x))).toBeLessThan(5e-16);
  }
});

test("cosPi² + sinPi² = 1 and both turn with x, also far from 0", () => {
  for (let n = 0; n < 20_000; n++) {
    const x = Math.floor(uniform(-1e6, 1e6)) / 1024;
    expect(Math.abs(cosPi(x) * cosPi(x) + sinPi(x) * sinPi(x) - 1)).toBeLessThan(4e-16);
    expect(cosPi(x + 2)).toBe(cosPi(x));
    expect(sinPi(x + 0.5) + 0).toBe(cosPi(x) + 0);
  }
});

test.each([
  [0, 1, 0],
  [0.5, 0, 1],
  [1, -1, 0],
  [-1.5, 0, 1],
  [-0.5, 0, -1],
  [2, 1, 0],
  [1e300, 1, 0],
])("cosPi(%f) and sinPi are exact", (x, cosine, sine) => {
  expect(cosPi(x) + 0).toBe(cosine);
  expect(sinPi(x) + 0).toBe(sine);
});

test("exact powers come out exact", () => {
  for (let n = -1074; n <= 1023; n++) expect(pow(2, n)).toBe(2 ** n);
  for (let n = 0; n <= 22; n++) expect(pow(10, n)).toBe(Number(`1e${n}`));
  expect(pow(9, 0.5)).toBe(3);
  expect(exp(0)).toBe(1);
  expect(log(1)).toBe(0);
});

const special = [0, -0, 1, -1, 0.5, -0.5, 2, -2, 3, -3, 2.5, 1e300, -1e300, 1e-300, 5e-324, -5e-324];
const edges = [...special, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, 2 ** 53, -(2 ** 53 + 2)];

test("pow has the special cases of Math.pow", () => {
  for (const x of edges) {
    for (const y of edges) {
      expect(ulps(pow(x, y), x ** y), `pow(${x}, ${y}) = ${pow(x, y)}, not ${x ** y}`).toBeLessThanOrEqual(1);
      if (x ** y === 0) expect(Object.is(pow(x, y), x ** y), `sign of pow(${x}, ${y})`).toBe(true);
    }
  }
});

test("exp and log have the special cases of Math.exp and Math.log", () => {
  for (const x of [...edges, 709.782712893384, 709.7827128933841, 710, -745.13, -746, 1e-320]) {
    expect(ulps(exp(x), Math.exp(x)), `exp(${x})`).toBeLessThanOrEqual(1);
    expect(ulps(log(x), Math.log(x)), `log(${x})`).toBeLessThanOrEqual(1);
  }
});

test("the bits are those of every machine", () => {
  let hash = 0;
  for (let n = 1; n <= 2000; n++) {
    for (const value of [exp(n / 97 - 10), log(n / 89), pow(n / 83, (n % 17) / 3), cosPi(n / 79), sinPi(n / 73)]) {
      ordered.setFloat64(0, value);
      hash = mix(hash ^ mix(ordered.getUint32(0) ^ mix(ordered.getUint32(4))));
    }
  }
  expect(hash).toBe(2567205303);
});
