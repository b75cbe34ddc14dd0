/**
 * A reverse tape over rows of numbers, for the oracle (`evaluate.ts`): each operation computes its row and puts
 * down how the adjoint of the row goes back to its operands. Rows of one number go with rows of any length.
 */

/** A value and, once the tape has been run back, the derivative of the loss by it. */
export interface Row {
  readonly value: Float64Array;
  readonly adjoint: Float64Array;
}

/** f(a) and f'(a), given a and f(a). */
export type Unary = readonly [(a: number) => number, (a: number, result: number) => number];
/** f(a, b) and its derivatives by a and by b. */
export type Binary = readonly [
  (a: number, b: number) => number,
  (a: number, b: number) => number,
  (a: number, b: number) => number,
];

export const row = (value: ArrayLike<number>): Row => ({
  value: new Float64Array(value),
  adjoint: new Float64Array(value.length),
});

export type Tape = ReturnType<typeof createTape>;

/** A tape that only computes, unless it `records`. */
export function createTape(records: boolean) {
  const steps: (() => void)[] = [];
  const record = (step: () => void): void => {
    if (records) steps.push(step);
  };

  function unary(a: Row, [value, derivative]: Unary): Row {
    const result = row(a.value.map((v) => value(v)));
    record(() => {
      for (let i = 0; i < a.value.length; i++) {
        a.adjoint[i] += result.adjoint[i] * derivative(a.value[i], result.value[i]);
      }
    });
    return result;
  }

  function binary(a: Row, b: Row, [value, byA, byB]: Binary): Row {
    const length = joint(a, b);
    // 0 for a row of one number: its index stays at 0
    const [p, q] = [a.value.length === 1 ? 0 : 1, b.value.length === 1 ? 0 : 1];
    const result = row(new Float64Array(length));
    for (let i = 0; i < length; i++) result.value[i] = value(a.value[i * p], b.value[i * q]);
    record(() => {
      for (let i = 0; i < length; i++) {
        const [u, v] = [a.value[i * p], b.value[i * q]];
        a.adjoint[i * p] += result.adjoint[i] * byA(u, v);
        b.adjoint[i * q] += result.adjoint[i] * byB(u, v);
      }
    });
    return result;
  }

  /** W · v for a matrix stored row after row; outside the square `blocks` on its diagonal it is 0. */
  function product(matrix: Row, [rows, columns]: readonly [number, number], blocks: number, v: Row): Row {
    if (matrix.value.length !== rows * columns) throw new Error(`a matrix has not ${rows} × ${columns} values`);
    const from = broadcast(v, columns);
    const result = row(new Float64Array(rows));
    const [height, width] = [wholeNumber(rows / blocks), wholeNumber(columns / blocks)];
    for (let r = 0; r < rows; r++) {
      const first = Math.floor(r / height) * width;
      for (let k = first; k < first + width; k++) result.value[r] += matrix.value[r * columns + k] * from.value[k];
    }
    record(() => {
      for (let r = 0; r < rows; r++) {
        const first = Math.floor(r / height) * width;
        for (let k = first; k < first + width; k++) {
          matrix.adjoint[r * columns + k] += result.adjoint[r] * from.value[k];
          from.adjoint[k] += result.adjoint[r] * matrix.value[r * columns + k];
        }
      }
    });
    return result;
  }

  /** Down to `parts` sums, each over neighbours. */
  function sum(a: Row, parts: number): Row {
    const size = wholeNumber(a.value.length / parts);
    const result = row(new Float64Array(parts));
    a.value.forEach((v, i) => {
      result.value[Math.floor(i / size)] += v;
    });
    record(() => {
      for (let i = 0; i < a.value.length; i++) a.adjoint[i] += result.adjoint[Math.floor(i / size)];
    });
    return result;
  }

  /** Every value repeated until there are `length`. */
  function expand(a: Row, length: number): Row {
    const size = wholeNumber(length / a.value.length);
    const result = row(Array.from({ length }, (_, i) => a.value[Math.floor(i / size)]));
    record(() => {
      for (let i = 0; i < length; i++) a.adjoint[Math.floor(i / size)] += result.adjoint[i];
    });
    return result;
  }

  /** A single number goes with any length; any other row has it already. */
  function broadcast(a: Row, length: number): Row {
    if (a.value.length === length) return a;
    if (a.value.length !== 1) throw new Error(`a value of ${a.value.length} lanes stands where ${length} belong`);
    return expand(a, length);
  }

  /** (a − mean) / √(variance + ε), mean and variance over all rows together. */
  function normalise(rows: readonly Row[], epsilon: number): Row[] {
    const all = rows.flatMap((a) => [...a.value]);
    const mean = all.reduce((total, v) => total + v, 0) / all.length;
    const variance = all.reduce((total, v) => total + (v - mean) * (v - mean), 0) / all.length;
    const scale = 1 / Math.sqrt(variance + epsilon);
    const results = rows.map((a) => row(a.value.map((v) => (v - mean) * scale)));
    record(() => {
      // δa = (δy − mean(δy) − y · mean(δy · y)) / √(variance + ε)
      let [constant, along] = [0, 0];
      for (const { adjoint, value } of results) {
        for (let i = 0; i < value.length; i++) {
          constant += adjoint[i] / all.length;
          along += (adjoint[i] * value[i]) / all.length;
        }
      }
      rows.forEach((a, k) => {
        const { adjoint, value } = results[k];
        for (let i = 0; i < value.length; i++) a.adjoint[i] += (adjoint[i] - constant - value[i] * along) * scale;
      });
    });
    return results;
  }

  /** Runs the tape from its end; before, the adjoints of the results are set. */
  const back = (): void => {
    for (let i = steps.length - 1; i >= 0; i--) steps[i]();
  };
  return { unary, binary, product, sum, expand, broadcast, normalise, back };
}

function joint(a: Row, b: Row): number {
  const [m, n] = [a.value.length, b.value.length];
  if (m !== n && m !== 1 && n !== 1) throw new Error(`values of ${m} and ${n} lanes do not go together`);
  return m === 1 ? n : m;
}

function wholeNumber(n: number): number {
  if (!Number.isInteger(n) || n < 1) throw new Error(`${n} is not a whole number of lanes`);
  return n;
}
