/** The ratio of gamma functions beside log Γ and its slope in float64, on every engine. */
import { describe, expect, test } from "vitest";
import { formula } from "../../cell/formula.ts";
import { atOnce } from "../../engine/engine.ts";
import { openReference } from "../../engine/reference/space.ts";
import { openWasm } from "../../engine/wasm/engine.ts";
import { gammaRatio } from "./gammaRatio.ts";

/** Stirling's series at x + 30, in float64; the first term left out is below 1e-19. */
function logGamma(x: number): number {
  let shifted = 0;
  for (let k = 0; k < 30; k++) shifted += Math.log(x + k);
  const y = x + 30;
  const tail = 1 / 12 / y - 1 / 360 / y ** 3 + 1 / 1260 / y ** 5 - 1 / 1680 / y ** 7;
  return (y - 0.5) * Math.log(y) - y + 0.5 * Math.log(2 * Math.PI) + tail - shifted;
}

function digamma(x: number): number {
  let shifted = 0;
  for (let k = 0; k < 30; k++) shifted += 1 / (x + k);
  const y = x + 30;
  return Math.log(y) - 0.5 / y - 1 / 12 / y ** 2 + 1 / 120 / y ** 4 - 1 / 252 / y ** 6 + 1 / 240 / y ** 8 - shifted;
}

test("the judge knows Γ(5) = 24, Γ(½) = √π and ψ(1) = −0.57721…", () => {
  expect(logGamma(5)).toBeCloseTo(Math.log(24), 12);
  expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.PI) / 2, 12);
  expect(digamma(1)).toBeCloseTo(-0.5772156649015329, 12);
});

const at = [1, 1.0625, 1.25, 1.5, 2, 3, 4.5, 7, 12, 30, 100, 500, 4000];

describe.each([
  // at 4000 the judge itself has lost 4 digits of 1e4
  { engine: "reference", open: openReference, ofValue: 2e-11, ofSlope: 1e-9 },
  // float32: six quotients make a product, six differences a sum that cancels to a twentieth
  { engine: "wasm", open: openWasm, ofValue: 4e-7, ofSlope: 1e-5 },
])("on $engine", ({ open, ofValue, ofSlope }) => {
  test("R(a) and its slope are those of log Γ and ψ from a = 1 to 4000", () => {
    const space = open();
    const f = formula();
    const { value, slope } = gammaRatio(f, f.read("a"));
    f.write("value", value);
    f.write("slope", slope);
    const run = space.compile(f.schedule("Ratio"), { units: 13 }).bind({ batch: 1, rows: 1 }, { backward: false });
    const [a, values, slopes] = ["a", "value", "slope"].map((name) => {
      const region = space.allocate(16);
      run.place(name, region);
      return region;
    });
    space.floats(a!).set(at);
    atOnce(run.forward({ batch: 1, steps: 1, active: Uint32Array.of(1) }));
    at.forEach((x, k) => {
      const expected = logGamma(x + 0.5) - logGamma(x) - 0.5 * Math.log(x);
      const rising = digamma(x + 0.5) - digamma(x) - 0.5 / x;
      // the value is added to others of size 1, the slope stands alone
      expect(Math.abs(space.floats(values!)[k]! - expected), `R(${x})`).toBeLessThanOrEqual(ofValue);
      const error = Math.abs(space.floats(slopes!)[k]! - rising);
      expect(error, `R'(${x})`).toBeLessThanOrEqual(ofSlope * Math.abs(rising) + (x > 100 ? 1e-11 : 0));
    });
  });
});
