/** Connectionist temporal classification: learning labels whose places in time nobody has noted. */
import { ShapeError, wholeFrom } from "../../errors.ts";
import type { SequenceLoss } from "../../model/loss.ts";
import { type Problem, sequenceLoss } from "../../model/sequenceHead.ts";
import type { Sequences } from "../../model/sequences.ts";
import { noOthers, optionsOf } from "../../options.ts";
import { recorded } from "../../recipe.ts";
import { alignmentLoss, fewestSteps } from "./alignments.ts";

/** What `ctc` takes for the blank, and what it does with labels that cannot be. */
export interface CtcOptions {
  /** The output that says "no label here". Default 0. */
  readonly blank?: number;
  /**
   * true: labels that fit into no alignment (more of them than steps, or no room for the blank between two that are the
   * same) count with loss 0 and no gradient. false, the default: they are an error that names the sequence.
   */
  readonly zeroInfinity?: boolean;
}

/**
 * Connectionist temporal classification: −ln of the probability of a sequence's labels, over all their alignments with
 * its steps, in nats; the softmax is part of it. Targets are labels, `[B, L]` ids other than the blank, each row of its
 * own length (0 too, see `labelsOf`), no longer than its inputs. As PyTorch's `CTCLoss` with `reduction="mean"`: each
 * sequence's loss is divided by its number of labels (at least 1), then averaged over sequences, by weight where there
 * are `weights`, `[B]`. In float64, whatever the engine.
 *
 * Graves, Fernández, Gomez, Schmidhuber, "Connectionist Temporal Classification", 2006, equations 6-8, 10, 11, 16.
 *
 * @throws {ArgumentError} if the blank is no id; and where it is used, if labels are the blank, beyond the output, or
 *   have no alignment
 * @example await train(model, batches(frames, labelsOf([[3, 1], [], [2, 2]]), { batch: 16 }), { loss: ctc(), optimizer, epochs: 5 });
 */
export function ctc(options: CtcOptions = {}): SequenceLoss {
  const { blank = 0, zeroInfinity = false, ...others } = optionsOf("ctc", options);
  noOthers("ctc", others);
  wholeFrom(0, "ctc", "blank", blank);
  const loss = sequenceLoss("connectionist temporal classification", {
    problem: (labels, steps, size) => problemOf(labels, steps, size, blank, zeroInfinity),
    judge({ outputs, size, labels }, adjoint) {
      const count = Math.max(1, labels.length);
      const value = alignmentLoss(outputs, size, labels, blank, adjoint);
      if (value === Number.POSITIVE_INFINITY) return 0; // only with zeroInfinity: see `problem`
      adjoint?.forEach((derivative, k) => {
        adjoint[k] = derivative / count;
      });
      return value / count;
    },
  });
  return recorded("ctc", [options], loss);
}

function problemOf(
  labels: Uint32Array,
  steps: number,
  size: number,
  blank: number,
  zeroInfinity: boolean,
): Problem | undefined {
  if (blank >= size) {
    const mend = "give the output one value for each label and one for the blank.";
    const expected = `a blank below the output's ${size} values`;
    return { argument: "loss.blank", given: blank, expected, mend };
  }
  const strange = labels.find((label) => label >= size || label === blank);
  if (strange !== undefined) {
    const expected = `labels from 0 to ${size - 1} without the blank, ${blank}`;
    const mend = "labels are outputs of the model, and the blank is none; lengths says how many a row has.";
    return { given: Array.from(labels), expected, mend };
  }
  const needed = fewestSteps(labels);
  if (needed <= steps || zeroInfinity) return undefined;
  return {
    given: Array.from(labels),
    described: `${labels.length} labels that need ${needed} steps`,
    expected: `at most the sequence's ${steps} steps`,
    mend: "two labels that are the same need a step between them; leave the sequence out, or ctc({ zeroInfinity: true }).",
  };
}

/**
 * Rows of labels, of any lengths, 0 too, as targets for `ctc`.
 *
 * @param rows - `[B][L]` ids, a row for each sequence
 * @returns `[B, L]` ids, padded with 0, and the length of each row
 * @throws {ShapeError} if there is no row
 * @throws {ArgumentError} if a label is no id
 * @example labelsOf([[3, 1, 4], [], [2]]);
 */
export function labelsOf(rows: readonly ArrayLike<number>[]): Sequences {
  if (rows.length === 0) {
    const mend = "give a row for each sequence: labelsOf([[3, 1], []]).";
    throw new ShapeError({ where: "labelsOf", argument: "rows", given: [0], expected: ["B", "L"], mend });
  }
  const lengths = Uint32Array.from(rows, (row) => row.length);
  const width = lengths.reduce((most, length) => Math.max(most, length), 1);
  const values = new Uint32Array(rows.length * width);
  for (const [b, row] of rows.entries()) {
    for (const [k, label] of Array.from(row).entries()) {
      wholeFrom(0, "labelsOf", `rows[${b}][${k}]`, label, 0xffffffff);
      values[b * width + k] = label;
    }
  }
  return { values, shape: [rows.length, width], lengths };
}
