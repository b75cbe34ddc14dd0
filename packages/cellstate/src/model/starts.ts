/**
 * Start values. Unless the cell's text or the layer says otherwise, matrices are uniform ± 1/√units (PyTorch's
 * for recurrent layers) and vectors 0.
 */

import type { StartRule } from "../cell/syntax.ts";
import { log } from "../data/numbers.ts";
import { type Generator, generator } from "../data/random.ts";
import type { Parts } from "../engine/engine.ts";

export interface Shape {
  readonly rows: number;
  readonly columns: number;
  /** Square blocks on the diagonal; what lies outside is no parameter. */
  readonly blocks: number;
}

export interface Start {
  readonly rule: StartRule;
  readonly shape: Shape;
  readonly units: number;
}

/** Values of one parameter, row-major `[rows, columns]`; zero outside the blocks. */
export function* startValues({ rule, shape, units }: Start, seed: number, name: string): Parts<Float64Array> {
  const { rows, columns, blocks } = shape;
  const random = generator(seed, `start ${name}`);
  const values = new Float64Array(rows * columns);
  const height = rows / blocks;
  const width = columns / blocks;
  for (let k = 0; k < blocks; k++) {
    const block = yield* blockValues(rule, height, width, units, random);
    for (let r = 0; r < height; r++) {
      for (let c = 0; c < width; c++) values[(k * height + r) * columns + k * width + c] = block[r * width + c]!;
    }
  }
  return values;
}

/** How many numbers are drawn between two pauses: about a millisecond. */
const STRETCH = 1 << 14;

function* blockValues(
  rule: StartRule,
  rows: number,
  columns: number,
  units: number,
  random: Generator,
): Parts<Float64Array> {
  const values = new Float64Array(rows * columns);
  function* each(draw: () => number): Parts<Float64Array> {
    for (let n = 0; n < values.length; n++) {
      values[n] = draw();
      if (n % STRETCH === STRETCH - 1) yield;
    }
    return values;
  }
  if (rule.kind === "number") return values.fill(rule.value);
  const [argument] = rule.arguments;
  switch (rule.name) {
    case "uniform": {
      const limit = argument ?? 1 / Math.sqrt(units);
      return yield* each(() => (2 * random.uniform() - 1) * limit);
    }
    case "normal":
      return yield* each(() => random.normal() * (argument ?? 1 / Math.sqrt(columns)));
    case "glorot": {
      // Glorot and Bengio 2010, equation 16.
      const limit = Math.sqrt(6 / (rows + columns));
      return yield* each(() => (2 * random.uniform() - 1) * limit);
    }
    case "identity":
      for (let r = 0; r < Math.min(rows, columns); r++) values[r * columns + r] = argument ?? 1;
      return values;
    case "orthogonal":
      return yield* orthogonal(rows, columns, random, argument ?? 1);
    case "chrono": {
      // Tallec and Ollivier, "Can recurrent neural networks warp time?", 2018: b_f = log U[1, T − 1].
      const longest = Math.max(argument ?? 2, 2);
      return yield* each(() => log(1 + random.uniform() * (longest - 2)));
    }
  }
}

/** Rows (or columns, where there are fewer) at right angles, of length `gain`: Gram–Schmidt, twice for accuracy. */
function* orthogonal(rows: number, columns: number, random: Generator, gain: number): Parts<Float64Array> {
  const count = Math.min(rows, columns);
  const length = Math.max(rows, columns);
  const vectors: Float64Array[] = [];
  for (let k = 0; k < count; k++) {
    const v = Float64Array.from({ length }, () => random.normal());
    for (let again = 0; again < 2; again++) {
      for (const u of vectors) {
        let along = 0;
        for (let i = 0; i < length; i++) along += u[i]! * v[i]!;
        for (let i = 0; i < length; i++) v[i]! -= along * u[i]!;
      }
    }
    let square = 0;
    for (const x of v) square += x * x;
    const scale = 1 / Math.sqrt(square);
    vectors.push(v.map((x) => x * scale));
    yield;
  }
  const values = new Float64Array(rows * columns);
  vectors.forEach((v, k) => {
    v.forEach((x, i) => {
      values[rows <= columns ? k * columns + i : i * columns + k] = gain * x;
    });
  });
  return values;
}
