/** From a model's outputs back to labels, as `ctc` reads them, and how far found labels are from the right ones. */
import { ArgumentError, wholeFrom } from "../../errors.ts";
import { checkSequences, type Sequences } from "../../model/sequences.ts";
import { logAdd, logSoftmax } from "./alignments.ts";

/** Which output is the blank. */
export interface DecodeOptions {
  /** As in `ctc`. Default 0. */
  readonly blank?: number;
}

/** How much a beam search looks at. */
export interface BeamOptions extends DecodeOptions {
  /** So many beginnings of labels are followed from step to step. Default 16. */
  readonly width?: number;
}

/** What a beam search finds for one sequence. */
export interface FoundLabels {
  /** Ids, without blanks. */
  readonly labels: number[];
  /** ln of their probability, summed over the alignments that were followed. */
  readonly logProbability: number;
}

/** `[T, size]` for each sequence, its own steps only. */
function rowsOf(outputs: Sequences, where: string, blank: number): { rows: Float64Array[]; size: number } {
  const lengths = checkSequences(outputs, where, "outputs", [3]);
  const [, steps, size] = outputs.shape as [number, number, number];
  wholeFrom(0, where, "blank", blank, size - 1);
  const rows = Array.from(lengths, (length, b) =>
    Float64Array.from(outputs.values.slice(b * steps * size, (b * steps + length) * size)),
  );
  return { rows, size };
}

/**
 * The labels of the likeliest alignment: at each step the largest output, repeats and blanks taken out. Fast, and not
 * always the likeliest labels, which may have many alignments. Graves et al. 2006, section 3.2.
 *
 * @param outputs - `[B, T, O]`, what `predict` gives
 * @returns a list for each sequence
 * @throws {ShapeError | ArgumentError} if they are no such outputs, or have no such blank
 * @example const found = ctcBestPath(await model.predict(frames));
 */
export function ctcBestPath(outputs: Sequences, { blank = 0 }: DecodeOptions = {}): number[][] {
  const { rows, size } = rowsOf(outputs, "ctcBestPath", blank);
  return rows.map((row) => {
    const path = Array.from({ length: row.length / size }, (_, t) => {
      let best = 0;
      for (let k = 1; k < size; k++) if (row[t * size + k]! > row[t * size + best]!) best = k;
      return best;
    });
    return path.filter((label, t) => label !== blank && label !== path[t - 1]);
  });
}

/** A beginning of labels: ln of the probability of its alignments that end in a blank, and in its last label. */
interface Beam {
  readonly labels: readonly number[];
  inBlank: number;
  inLabel: number;
}

/**
 * The likeliest labels that a search finds which follows the `width` likeliest beginnings from step to step, each with
 * all of its alignments together. Wider is better and slower. Graves, "Supervised Sequence Labelling with Recurrent
 * Neural Networks", 2012, section 7.5, in the form of Hannun et al. 2014, algorithm 1, without a language model.
 *
 * @param outputs - `[B, T, O]`, what `predict` gives
 * @throws {ShapeError | ArgumentError} if they are no such outputs, or have no such blank
 * @example const found = ctcBeamSearch(await model.predict(frames), { width: 8 }).map(({ labels }) => labels);
 */
export function ctcBeamSearch(outputs: Sequences, { blank = 0, width = 16 }: BeamOptions = {}): FoundLabels[] {
  const { rows, size } = rowsOf(outputs, "ctcBeamSearch", blank);
  wholeFrom(1, "ctcBeamSearch", "width", width);
  return rows.map((row) => {
    const p = logSoftmax(row, size);
    let beams: Beam[] = [{ labels: [], inBlank: 0, inLabel: Number.NEGATIVE_INFINITY }];
    for (let at = 0; at < p.length; at += size) beams = followed(beams, p.subarray(at, at + size), blank, width);
    const [best] = beams as [Beam];
    return { labels: [...best.labels], logProbability: logAdd(best.inBlank, best.inLabel) };
  });
}

/** The likeliest beginnings one step on. */
function followed(beams: readonly Beam[], p: Float64Array, blank: number, width: number): Beam[] {
  const next = new Map<string, Beam>();
  const reach = (labels: readonly number[]): Beam => {
    const key = labels.join();
    const known = next.get(key) ?? { labels, inBlank: Number.NEGATIVE_INFINITY, inLabel: Number.NEGATIVE_INFINITY };
    next.set(key, known);
    return known;
  };
  for (const { labels, inBlank, inLabel } of beams) {
    const last = labels.at(-1);
    const both = logAdd(inBlank, inLabel);
    const same = reach(labels);
    same.inBlank = logAdd(same.inBlank, both + p[blank]!);
    if (last !== undefined) same.inLabel = logAdd(same.inLabel, inLabel + p[last]!);
    for (let k = 0; k < p.length; k++) {
      if (k === blank) continue;
      const longer = reach([...labels, k]);
      // the same label again is another one only behind a blank
      longer.inLabel = logAdd(longer.inLabel, (k === last ? inBlank : both) + p[k]!);
    }
  }
  const chance = ({ inBlank, inLabel }: Beam): number => logAdd(inBlank, inLabel);
  return [...next.values()].sort((a, b) => chance(b) - chance(a)).slice(0, width);
}

/**
 * Wrong labels for each right one: the fewest insertions, deletions and exchanges that make `found` of `expected`, over
 * all sequences, divided by the number of labels in `expected`. 0 is perfect; it may be above 1.
 *
 * @param found - labels of each sequence, as `ctcBestPath` gives them
 * @param expected - the right ones, in the same order
 * @throws {ArgumentError} if they are not as many sequences, or there is no label
 * @example labelErrorRate(ctcBestPath(outputs), [[3, 1, 4], [2]]);
 */
export function labelErrorRate(found: readonly ArrayLike<number>[], expected: readonly ArrayLike<number>[]): number {
  const count = expected.reduce((sum, { length }) => sum + length, 0);
  if (found.length !== expected.length || count === 0) {
    const described = `${found.length} sequences for ${expected.length} with ${count} labels`;
    const mend = "give both for the same sequences, in the same order.";
    const facts = { given: found.length, described, expected: "as many sequences, with labels", mend };
    throw new ArgumentError({ where: "labelErrorRate", argument: "found", ...facts });
  }
  return found.reduce((sum, labels, b) => sum + distance(labels, expected[b]!), 0) / count;
}

/** Levenshtein's, row by row. */
function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      next.push(Math.min(row[j]! + (a[i] === b[j] ? 0 : 1), row[j + 1]! + 1, next[j]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
