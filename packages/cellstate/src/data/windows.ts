/**
 * Mini-batches for training. A dataset is a pure function of epoch, step and seed: it holds no position, so a
 * resumed training starts anywhere and sees what it would have seen.
 * `windows` cuts one long stream for truncated back-propagation, `batches` serves a set of sequences.
 */
import { ArgumentError, ShapeError, wholeFrom } from "../errors.ts";
import { checkSequences, type Sequences, type Values, valuesLike } from "../model/sequences.ts";
import { recorded } from "../recipe.ts";
import { generator, permutation } from "./random.ts";

/** Sequences that go through a model together, with what it should have said. */
export interface Batch {
  /** What goes in. */
  readonly x: Sequences;
  /** What should come out. */
  readonly targets: Sequences;
  /** How much each step counts in the loss, `[B, T]`, or each whole sequence, `[B]`; 1 if omitted. */
  readonly weights?: Sequences | Float32Array;
  /** true: states start from their first values; false: they go on from the batch before. */
  readonly firstStep: boolean;
}

/**
 * Batches by epoch and step, the same for the same seed: what `train` and `evaluate` read. `windows` and `batches`
 * make one.
 */
export interface Dataset {
  /** Batches in an epoch. */
  readonly steps: number;
  /** true: batches follow one another in time, and states are carried from each to the next. */
  readonly carryState: boolean;
  /**
   * The batch at a place; the same arguments give the same batch.
   *
   * @param epoch - from 0
   * @param step - from 0, within the epoch
   * @param seed - what the order follows from
   */
  batch(epoch: number, step: number, seed: number): Batch;
}

/**
 * One long stream: ids (`number[]`, `Int32Array`, `Uint32Array`), a series of single values (`Float32Array`,
 * `Float64Array`), or several values a step, `{ values, shape: [N, I] }`.
 */
export type Stream = Values | { readonly values: Values; readonly shape: readonly number[] };

export interface WindowOptions {
  /** Steps in a window; back-propagation does not look further back. */
  readonly length: number;
  /** Windows in a batch. */
  readonly batch: number;
  /**
   * true: the stream is cut into `batch` lanes that run side by side, and each window goes on where the one
   * before ended. false, the default: windows come in random order and each starts anew.
   */
  readonly carryState?: boolean;
  /** `"next"`, the default: what follows in the stream. Or another stream, one target for each step. */
  readonly targets?: "next" | Stream;
}

/**
 * Windows of one long stream. Every epoch has each target exactly once; the last window may be shorter.
 *
 * @param stream - ids `[T]`, or values `[T, I]`
 * @throws {ArgumentError} if the stream is too short for so many lanes, or ids are no ids
 * @example
 * const training = windows(ids, { length: 64, batch: 32, carryState: true });
 * const validation = windows(rest, { length: 64, batch: 1, carryState: true });
 */
export function windows(stream: Stream, options: WindowOptions): Dataset {
  const { length, batch, carryState = false, targets = "next" } = options;
  wholeFrom(1, "windows", "length", length);
  wholeFrom(1, "windows", "batch", batch);
  const inputs = streamOf(stream, "stream");
  const outputs = targets === "next" ? inputs : streamOf(targets, "targets", Number.NEGATIVE_INFINITY);
  const ahead = targets === "next" ? 1 : 0;
  if (targets !== "next" && outputs.count !== inputs.count) {
    const mend = "a stream of targets has one for every step of the stream.";
    const facts = { given: [outputs.count], expected: [`N=${inputs.count}`], mend };
    throw new ShapeError({ where: "windows", argument: "targets", ...facts });
  }
  const pairs = inputs.count - ahead;
  const least = carryState ? batch : 1;
  if (pairs < least) {
    throw new ArgumentError({
      where: "windows",
      argument: "stream",
      given: inputs.count,
      described: `${inputs.count} long`,
      expected: `at least ${least + ahead} steps`,
      mend: carryState ? "give more data or a smaller batch." : "a step needs one that follows it, its target.",
    });
  }

  /** Windows that start at the given places, of the given lengths; a length of 0 is padding that does not count. */
  const cut = (starts: readonly number[], lengths: readonly number[], firstStep: boolean): Batch => {
    const steps = lengths.reduce((most, count) => Math.max(most, count), 0);
    const filled = Uint32Array.from(lengths, (count) => Math.max(count, 1));
    const given = filled.some((count) => count !== steps) ? { lengths: filled } : {};
    const x = { ...copyWindows(inputs, starts, lengths, steps), ...given };
    const following = starts.map((start) => start + ahead);
    const y = { ...copyWindows(outputs, following, lengths, steps), ...given };
    if (lengths.every((count) => count > 0)) return { x, targets: y, firstStep };
    const counts = new Float32Array(lengths.length * steps);
    lengths.forEach((count, b) => {
      counts.fill(1, b * steps, b * steps + count);
    });
    const weights = { values: counts, shape: [lengths.length, steps], ...given };
    return { x, targets: y, weights, firstStep };
  };

  if (carryState) {
    // lanes differ by one step at most, the longer ones first
    const lane = Math.floor(pairs / batch);
    const longer = pairs - lane * batch;
    const rows = Array.from({ length: batch }, (_, b) => b);
    const steps = Math.ceil((longer > 0 ? lane + 1 : lane) / length);
    return recorded("windows", [stream, options], {
      steps,
      carryState,
      batch(_epoch, step) {
        checkStep(step, steps);
        const starts = rows.map((b) => b * lane + Math.min(b, longer) + step * length);
        const lengths = rows.map((b) => Math.min(length, (b < longer ? lane + 1 : lane) - step * length));
        return cut(starts, lengths, step === 0);
      },
    });
  }

  const count = Math.ceil(pairs / length);
  const steps = Math.ceil(count / batch);
  const orderOf = shuffles(count, "windows");
  return recorded("windows", [stream, options], {
    steps,
    carryState,
    batch(epoch, step, seed) {
      checkStep(step, steps);
      const starts = Array.from(orderOf(epoch, seed).subarray(step * batch, (step + 1) * batch), (n) => n * length);
      const lengths = starts.map((start) => Math.min(length, pairs - start));
      return cut(starts, lengths, true);
    },
  });
}

export interface BatchOptions {
  /** Sequences in a batch; the last batch of an epoch may have fewer. */
  readonly batch: number;
  /** Another order each epoch; default true. */
  readonly shuffle?: boolean;
  /** How much each step, `[B, T]`, or each sequence, `[B]`, counts in the loss. */
  readonly weights?: Sequences | ArrayLike<number>;
}

/**
 * Mini-batches of a set of sequences, each exactly once an epoch.
 *
 * @param x - `[B, T]` or `[B, T, I]`, rows may be ragged
 * @param targets - one a step, `[B, T]` or `[B, T, O]`, or one a sequence, `[B]` or `[B, O]`; for `ctc` labels, `[B, L]`
 * @throws {ShapeError} if they are not of as many sequences
 * @example const training = batches(x, labels, { batch: 16 });
 */
export function batches(x: Sequences, targets: Sequences, options: BatchOptions): Dataset {
  const { batch, shuffle = true, weights } = options;
  wholeFrom(1, "batches", "batch", batch);
  checkSequences(x, "batches", "x");
  checkSequences(targets, "batches", "targets", [1, 2, 3], 0); // the loss knows whether a row may be empty
  const count = x.shape[0]!;
  sameCount("targets", targets.shape[0]!, count);
  const counted =
    weights === undefined || "shape" in weights ? weights : { values: Array.from(weights), shape: [weights.length] };
  if (counted) {
    checkSequences(counted, "batches", "weights", [1, 2]);
    sameCount("weights", counted.shape[0]!, count);
  }
  const steps = Math.ceil(count / batch);
  const orderOf = shuffles(count, "batches");
  const straight = Uint32Array.from({ length: count }, (_, n) => n);
  return recorded("batches", [x, targets, options], {
    steps,
    carryState: false,
    batch(epoch, step, seed) {
      checkStep(step, steps);
      const chosen = (shuffle ? orderOf(epoch, seed) : straight).subarray(step * batch, (step + 1) * batch);
      const some = { x: pick(x, chosen), targets: pick(targets, chosen), firstStep: true };
      if (!counted) return some;
      const picked = pick(counted, chosen);
      return { ...some, weights: counted.shape.length === 1 ? Float32Array.from(picked.values) : picked };
    },
  });
}

/**
 * Cuts a stream in two, to train on the first part and to judge on the second.
 *
 * @param stream - ids `[T]`, or values `[T, I]`
 * @param fraction - how much goes to the first part, more than 0 and less than 1
 * @throws {ArgumentError} if the fraction leaves nothing on one side
 * @example const [training, validation] = splitStream(ids, 0.9);
 */
export function splitStream<S extends Stream>(stream: S, fraction: number): [S, S] {
  if (!(fraction > 0 && fraction < 1)) {
    throw new ArgumentError({
      where: "splitStream",
      argument: "fraction",
      given: fraction,
      expected: "a number between 0 and 1",
      mend: "0.9 trains on nine tenths and keeps one tenth.",
    });
  }
  const { values, width, count } = streamOf(stream, "stream");
  const at = Math.floor(count * fraction) * width;
  const [first, second] = Array.isArray(values)
    ? [values.slice(0, at), values.slice(at)]
    : [values.subarray(0, at), values.subarray(at)];
  if (!("shape" in stream)) return [first, second] as [S, S];
  const shaped = (part: Values) => ({ values: part, shape: [part.length / width, width] });
  return [shaped(first), shaped(second)] as unknown as [S, S];
}

/** A stream as flat numbers: `count` steps of `width` numbers. */
interface Flat {
  readonly values: Values;
  readonly count: number;
  readonly width: number;
  readonly areIds: boolean;
}

/** `least`: of ids; a loss knows which of its targets are none. */
function streamOf(stream: Stream, argument: string, least = 0): Flat {
  if (!Array.isArray(stream) && "shape" in stream) {
    const { values, shape } = stream;
    const [count = 0, width = 0] = shape;
    if (shape.length !== 2 || !(Number.isSafeInteger(width) && width > 0) || values.length !== count * width) {
      const mend = `values has ${values.length} numbers; a stream of several values a step is { values, shape: [N, I] }.`;
      throw new ShapeError({
        where: "windows",
        argument: `${argument}.shape`,
        given: shape,
        expected: ["N", "I"],
        mend,
      });
    }
    return { values, count, width, areIds: false };
  }
  const areIds = !(stream instanceof Float32Array || stream instanceof Float64Array);
  const mayBeStrange = Array.isArray(stream) || stream instanceof Int32Array;
  const strange = mayBeStrange ? stream.findIndex((id: number) => !(Number.isInteger(id) && id >= least)) : -1;
  if (strange >= 0) {
    throw new ArgumentError({
      where: "windows",
      argument: `${argument}[${strange}]`,
      given: stream[strange],
      expected: least === 0 ? "an id, a whole number of at least 0" : "an id, a whole number",
      mend: "for a series of values give Float64Array.from(series).",
    });
  }
  return { values: stream, count: stream.length, width: 1, areIds };
}

/** Rows `[B, steps]` or `[B, steps, I]` from places in a stream. */
function copyWindows(flat: Flat, starts: readonly number[], lengths: readonly number[], steps: number): Sequences {
  const { width, areIds } = flat;
  const values = valuesLike(flat.values, starts.length * steps * width);
  starts.forEach((start, b) => {
    for (let n = 0; n < lengths[b]! * width; n++) values[b * steps * width + n] = flat.values[start * width + n]!;
  });
  return { values, shape: areIds ? [starts.length, steps] : [starts.length, steps, width] };
}

/** Some of the rows, in the given order; padding stays as it is. */
function pick({ values, shape, lengths }: Sequences, rows: Uint32Array): Sequences {
  const size = shape.slice(1).reduce((product, n) => product * n, 1);
  const picked = valuesLike(values, rows.length * size);
  rows.forEach((row, b) => {
    for (let n = 0; n < size; n++) picked[b * size + n] = values[row * size + n]!;
  });
  const some = { values: picked, shape: [rows.length, ...shape.slice(1)] };
  return lengths ? { ...some, lengths: Uint32Array.from(rows, (row) => lengths[row]!) } : some;
}

/** The order of an epoch; the latest is kept, so that its batches do not draw it again and again. */
function shuffles(count: number, purpose: string): (epoch: number, seed: number) => Uint32Array {
  let kept: { epoch: number; seed: number; order: Uint32Array } | undefined;
  return (epoch, seed) => {
    if (kept?.epoch !== epoch || kept.seed !== seed) {
      kept = { epoch, seed, order: permutation(count, generator(seed, `${purpose} ${epoch}`)) };
    }
    return kept.order;
  };
}

function sameCount(argument: string, given: number, count: number): void {
  if (given === count) return;
  const mend = "x, targets and weights have one row for each sequence.";
  throw new ShapeError({ where: "batches", argument, given: [given], expected: [`B=${count}`], mend });
}

/** @throws {ArgumentError} if an epoch has no such step */
export function checkStep(given: number, steps: number): void {
  if (Number.isInteger(given) && given >= 0 && given < steps) return;
  const expected = `a whole number from 0 to ${steps - 1}`;
  const mend = `an epoch has ${steps} batches; count on in the next epoch.`;
  throw new ArgumentError({ where: "dataset.batch", argument: "step", given, expected, mend });
}
