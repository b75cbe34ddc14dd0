/** Likelihoods in float32 beside float64, row by row, where careless formulas cancel: from 2 to 4,000 degrees of freedom. */
import { expect, test } from "vitest";
import { openReference } from "../../engine/reference/space.ts";
import { openWasm } from "../../engine/wasm/engine.ts";
import { gaussian, studentT } from "./distributions.ts";
import { judge } from "./testing.ts";

const raw = [-20, -3, -0.5, 0.75, 2.5, 6, 15, 40, 130, 500, 1300, 4000];
const away = [0, 0.0625, 0.375, -0.8125, 1.5, -3, 7, -40, 1000];
const scales = [-4, 0.25, 3];

test("studentT keeps float32's digits for every number of degrees of freedom", () => {
  const x: number[][] = [];
  const targets: number[][] = [];
  for (const freedom of raw) {
    for (const scale of scales) {
      for (const d of away) {
        x.push([0.5, scale, freedom]);
        targets.push([0.5 + d]);
      }
    }
  }
  const weights = x.map(() => 1);
  const found = judge(openWasm(), studentT(), x, targets, weights);
  const expected = judge(openReference(), studentT(), x, targets, weights);
  const worst = [0, 0, 0, 0];
  const note = (k: number, error: number): void => {
    worst[k] = Math.max(worst[k]!, error);
  };
  x.forEach(([, , freedom], r) => {
    note(0, Math.abs(found.rows[r]! - expected.rows[r]!) / Math.max(1, Math.abs(expected.rows[r]!)));
    expected.adjoint[r]!.forEach((slope, k) => {
      // by the degrees of freedom: what a change of them by their own size does
      const unit = k === 2 ? 1 / (2 + Math.max(freedom!, 0)) : 1;
      note(k + 1, Math.abs(found.adjoint[r]![k]! - slope) / Math.max(unit * 1e-2, Math.abs(slope)));
    });
  });
  // loss, location, then scale and freedom, whose slopes are differences that cancel where the target is as expected
  [2e-6, 1e-6, 2e-5, 2e-5].forEach((most, k) => void expect(worst[k], `${k}`).toBeLessThan(most));
});

test("gaussian keeps them for scales from 1e-6 to 1e4", () => {
  const x = [-40, -10, -1, 0, 2, 30, 1e4].map((scale) => [0, scale]);
  const targets = x.map(([, scale]) => [0.75 * (scale! > 0 ? scale! : 2 ** -17)]);
  const weights = x.map(() => 1);
  const found = judge(openWasm(), gaussian(), x, targets, weights);
  const expected = judge(openReference(), gaussian(), x, targets, weights);
  expected.rows.forEach((loss, r) => void expect(Math.abs(found.rows[r]! / loss - 1)).toBeLessThan(1e-5));
});
