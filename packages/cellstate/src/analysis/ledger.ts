/**
 * The exact memory ledger: a state s = a ⊙ s[t-1] + b is, by writing its equation out,
 *
 *     s_t = Σ_j (a_t ⊙ … ⊙ a_{j+1}) ⊙ b_j + (a_t ⊙ … ⊙ a_0) ⊙ s_first
 *
 * an identity, no attribution. It is the direct path alone: what a step did to later a and b is not in it (the whole
 * influence is `inputGradients`). All in float64, over the values of a trace.
 */
import { expressionText } from "../cell/text.ts";
import { log } from "../data/numbers.ts";
import type { Inputs } from "../model/feed.ts";
import type { Model } from "../model/model.ts";
import type { States } from "../model/states.ts";
import type { Trace } from "../model/traced.ts";
import { type LayerQuery, layerOf, rowOf, traceFrom, wholeBelow } from "./layer.ts";
import { keepsAndWrites, linearStateOf } from "./linear.ts";

/** Which state, of which row. */
export interface LedgerOptions extends LayerQuery {
  /** Which state; by default the first linear one of the cell. */
  readonly state?: string;
  /** Which row of x. Default 0. */
  readonly row?: number;
  /** As in `predict`, where x is no trace. */
  readonly from?: States;
}

/** What one value of a state is made of, first state first, then step after step as the layer came to them. */
export interface Contributions {
  /** Which step each is from; −1: the first state. */
  readonly sources: Int32Array;
  /** `[sources, units]`; their sum is the state. */
  readonly values: Float64Array;
  /** ‖contribution‖. */
  readonly norms: Float64Array;
  /** ⟨contribution, s⟩ / ⟨s, s⟩: the part of the state that it makes up; they add up to 1. */
  readonly shares: Float64Array;
}

/** What became of what one step wrote, from that step on, in the order in which the layer went on. */
export interface Retention {
  /** The steps, from the one that wrote on. */
  readonly steps: Int32Array;
  /** `[steps, units]`: the product of what was kept since; 1 at the step itself. */
  readonly keeps: Float64Array;
  /** ‖what is left‖ / ‖what was written‖. */
  readonly shares: Float64Array;
}

/** Steps count in the order of the input, also in a layer that runs backward in time. */
export interface Ledger {
  /** Where it is from: "recurrent.0". */
  readonly layer: string;
  /** Which way the layer runs. */
  readonly direction: "forward" | "backward";
  /** The state's name. */
  readonly state: string;
  /** The row of x. */
  readonly row: number;
  /** s = a ⊙ s[t-1] + b, as text: "f", "i * g". */
  readonly a: string;
  /** What is written, as text. */
  readonly b: string;
  /** T. */
  readonly steps: number;
  /** How many there are. */
  readonly units: number;
  /** The state before the first step, `[units]`. */
  readonly first: Float64Array;
  /** a at every step, `[T, units]`. */
  readonly keeps: Float64Array;
  /** b at every step, `[T, units]`. */
  readonly writes: Float64Array;
  /** In how many steps each unit loses half, ln ½ / mean ln|a|, `[units]`; infinite where it loses nothing. */
  readonly halfLives: Float64Array;
  /** The largest difference between the sum of all contributions and the traced state. */
  readonly error: number;
  /**
   * What is in the state after a step, by the step that wrote it.
   *
   * @param step - from 0
   */
  at(step: number): Contributions;
  /** `[T, T + 1]`: ‖contribution of the first state, of step 0, of step 1 … in the state after step t‖; else 0. */
  norms(): Float64Array;
  /**
   * The same of one unit, with its sign: each line adds up to the unit's state.
   *
   * @param unit - from 0
   */
  ofUnit(unit: number): Float64Array;
  /**
   * Of what step `source` wrote; of the first state where it is −1.
   *
   * @param source - a step from 0, or −1
   */
  retention(source: number): Retention;
}

/**
 * What a state remembers, and of when: which step wrote what is in it, and how much of that has been kept since.
 *
 * @param model - the model whose memory it is
 * @param x - inputs as in `predict`, or a trace of the same model
 * @param options.state - a state that is linear in its own past; the first such one if omitted
 * @param options.row - which row; default 0
 * @throws {ArgumentError} if the cell has no such state (the sentence says why), or the model no such layer
 * @example
 * const ledger = await memoryLedger(model, trace, { layer: "recurrent.0" });
 * const { sources, shares } = ledger.at(41); // who wrote what is in memory after step 41
 */
export async function memoryLedger(model: Model, x: Inputs | Trace, options: LedgerOptions = {}): Promise<Ledger> {
  const where = "memoryLedger";
  const at = layerOf(model, options, where);
  const linear = linearStateOf(at, options.state, where);
  const trace = await traceFrom(model, x, options.from);
  const { row: index = 0 } = options;
  const row = rowOf(trace, at, index, where);
  const { keeps, writes } = keepsAndWrites(at, linear, row);
  const { state } = linear;
  const [steps, units] = [row.steps, at.width(state)];
  const first = Float64Array.from(row.before(state, row.stepOf(0)));

  /** Calls `visit` for the state after the layer's k-th step with every source's write and what was kept of it. */
  function eachSource(k: number, visit: (source: number, write: Float64Array, kept: Float64Array) => void): void {
    const kept = new Float64Array(units).fill(1);
    for (let j = k; j >= 0; j--) {
      const step = row.stepOf(j);
      visit(step, writes.subarray(step * units, (step + 1) * units), kept);
      for (let u = 0; u < units; u++) kept[u]! *= keeps[step * units + u]!;
    }
    visit(-1, first, kept);
  }

  const { layer, direction } = at;
  return {
    layer,
    direction,
    state,
    row: index,
    a: expressionText(linear.a),
    b: expressionText(linear.b),
    steps,
    units,
    first,
    keeps,
    writes,
    halfLives: halfLivesOf(keeps, steps, units),
    error: errorOf(),
    at(step) {
      const k = row.stepOf(wholeBelow(step, steps, where, "step"));
      const count = k + 2;
      const sources = new Int32Array(count);
      const values = new Float64Array(count * units);
      let place = count; // filled from the end
      eachSource(k, (source, write, kept) => {
        sources[--place] = source;
        for (let u = 0; u < units; u++) values[place * units + u] = write[u]! * kept[u]!;
      });
      return { sources, values, ...partsOf(values, count, units) };
    },
    norms() {
      const all = new Float64Array(steps * (steps + 1));
      for (let k = 0; k < steps; k++) {
        const line = row.stepOf(k) * (steps + 1);
        eachSource(k, (source, write, kept) => {
          all[line + source + 1] = normOf(write, kept);
        });
      }
      return all;
    },
    ofUnit(unit) {
      const u = wholeBelow(unit, units, where, "unit");
      const all = new Float64Array(steps * (steps + 1));
      for (let k = 0; k < steps; k++) {
        const line = row.stepOf(k) * (steps + 1);
        let kept = 1;
        for (let j = k; j >= 0; j--) {
          const place = row.stepOf(j) * units + u;
          all[line + row.stepOf(j) + 1] = writes[place]! * kept;
          kept *= keeps[place]!;
        }
        all[line] = first[u]! * kept;
      }
      return all;
    },
    retention(source) {
      const begin = source === -1 ? -1 : row.stepOf(wholeBelow(source, steps, where, "source"));
      const from = begin + (source === -1 ? 1 : 0);
      const write = source === -1 ? first : writes.subarray(source * units, (source + 1) * units);
      const count = steps - from;
      const kept = new Float64Array(units).fill(1);
      const made = {
        steps: new Int32Array(count),
        keeps: new Float64Array(count * units),
        shares: new Float64Array(count),
      };
      const whole = normOf(write, undefined);
      for (let k = from; k < steps; k++) {
        const step = row.stepOf(k);
        if (k > begin) for (let u = 0; u < units; u++) kept[u]! *= keeps[step * units + u]!;
        made.steps[k - from] = step;
        made.keeps.set(kept, (k - from) * units);
        made.shares[k - from] = whole === 0 ? 0 : normOf(write, kept) / whole;
      }
      return made;
    },
  };

  /** The sum of all contributions is the recurrence itself, run again from the first state. */
  function errorOf(): number {
    const sum = first.slice();
    let largest = 0;
    for (let k = 0; k < steps; k++) {
      const step = row.stepOf(k);
      const found = row.now(state, step);
      for (let u = 0; u < units; u++) {
        sum[u] = keeps[step * units + u]! * sum[u]! + writes[step * units + u]!;
        largest = Math.max(largest, Math.abs(sum[u]! - found[u]!));
      }
    }
    return largest;
  }
}

function normOf(write: Float64Array, kept: Float64Array | undefined): number {
  let sum = 0;
  for (let u = 0; u < write.length; u++) {
    const v = write[u]! * (kept?.[u] ?? 1);
    sum += v * v;
  }
  return Math.sqrt(sum);
}

function partsOf(values: Float64Array, count: number, units: number): Pick<Contributions, "norms" | "shares"> {
  const whole = new Float64Array(units);
  for (let k = 0; k < values.length; k++) whole[k % units]! += values[k]!;
  const square = whole.reduce((sum, v) => sum + v * v, 0);
  const norms = new Float64Array(count);
  const shares = new Float64Array(count);
  for (let n = 0; n < count; n++) {
    let [own, along] = [0, 0];
    for (let u = 0; u < units; u++) {
      const v = values[n * units + u]!;
      own += v * v;
      along += v * whole[u]!;
    }
    norms[n] = Math.sqrt(own);
    shares[n] = square === 0 ? 0 : along / square;
  }
  return { norms, shares };
}

function halfLivesOf(keeps: Float64Array, steps: number, units: number): Float64Array {
  return Float64Array.from({ length: units }, (_, u) => {
    let sum = 0;
    for (let t = 0; t < steps; t++) sum += log(Math.abs(keeps[t * units + u]!));
    return sum >= 0 ? Number.POSITIVE_INFINITY : (-Math.LN2 * steps) / sum;
  });
}
