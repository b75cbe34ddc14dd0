/** Runs a loss over rows on an engine, as a loss runner does, and holds its numbers against others. */
import { expect } from "vitest";
import { atOnce, type Floats, type Space } from "../../engine/engine.ts";
import { padded } from "../../engine/layout.ts";
import { openReference } from "../../engine/reference/space.ts";
import { openWasm } from "../../engine/wasm/engine.ts";
import type { RowLoss } from "../../model/loss.ts";
import { targetsOf } from "../../model/targetRows.ts";

export interface Judged {
  /** The sum of all rows' losses. */
  readonly loss: number;
  readonly rows: readonly number[];
  /** ∂loss/∂x, a row each. */
  readonly adjoint: readonly (readonly number[])[];
}

/** `weights` are shares of the mean. */
export function judge(
  space: Space,
  loss: RowLoss,
  x: readonly (readonly number[])[],
  targets: readonly (readonly number[])[],
  weights: readonly number[],
): Judged {
  const rows = x.length;
  const units = x[0]!.length;
  const count = targetsOf(loss, units);
  const bound = space
    .compile(loss.schedule, { units, targets: count })
    .bind({ batch: rows, rows }, { backward: false });
  const place = (name: string, width: number, values?: readonly (readonly number[])[]) => {
    const region = space.allocate(rows * width);
    bound.place(name, region);
    const view = space.floats(region);
    values?.forEach((row, r) => view.set(row, r * width));
    return () => {
      const after: Floats = space.floats(region);
      return Array.from({ length: rows }, (_, r) => [...after.slice(r * width, r * width + (width === 1 ? 1 : units))]);
    };
  };
  for (const [name, values] of Object.entries(loss.vectors ?? {})) {
    place(name, padded(units), [Array.from({ length: units }, (_, u) => values[u % values.length]!)]);
  }
  place("x", padded(units), x);
  place("target", loss.targets === "ids" ? 1 : padded(count), targets);
  place(
    "weight",
    1,
    weights.map((w) => [w]),
  );
  const losses = place("loss", 1);
  const adjoints = place("δx", padded(units));
  atOnce(bound.forward({ batch: rows, steps: 1, active: Uint32Array.of(rows) }));
  const each = losses().flat();
  return { loss: each.reduce((a, b) => a + b, 0), rows: each, adjoint: adjoints() };
}

export const rowsOf = (values: readonly number[], width: number): number[][] =>
  Array.from({ length: values.length / width }, (_, r) => values.slice(r * width, (r + 1) * width));

/** Every number within `tolerance` of the largest. */
export function expectNear(found: readonly number[], expected: readonly number[], tolerance: number): void {
  expect(found).toHaveLength(expected.length);
  const largest = Math.max(...expected.map(Math.abs), Number.MIN_VALUE);
  expect(Math.max(...expected.map((v, k) => Math.abs(found[k]! - v))) / largest).toBeLessThanOrEqual(tolerance);
}

export const engines = [
  // the fixtures are printed with 12 digits
  { engine: "reference", open: openReference, tolerance: 1e-11 },
  // float32: a few roundings of 6e-8 and the errors of exp and log
  { engine: "wasm", open: openWasm, tolerance: 5e-7 },
] as const;
