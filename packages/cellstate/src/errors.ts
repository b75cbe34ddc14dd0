/**
 * The errors of the library: each says what was given, what was expected and how to mend it, and carries
 * the same facts as fields. The sentence is built here and nowhere else:
 *
 *     model.predict: x is [32, 28]; expected [B, T, I=28].
 *       x has no time axis; for one step use model.stream().step(x).
 */

/** The parent of every error that the library throws on purpose; `code` is stable and meant for programs. */
export class CellstateError extends Error {
  /**
   * What kind of error it is: `"shape"`, `"argument"`, `"file"`, `"training"`, `"memory"`, `"busy"`, `"closed"`,
   * `"worker"` …
   */
  readonly code: string;

  constructor(code: string, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = "CellstateError";
    this.code = code;
  }
}

export interface ShapeFacts {
  /** The call, as the reader wrote it: `model.predict`. */
  readonly where: string;
  /** The argument's name: `x`, `x.lengths`. */
  readonly argument: string;
  readonly given: readonly (number | string)[];
  readonly expected: readonly (number | string)[];
  readonly mend: string;
}

/** An array has another shape than the call needs. */
export class ShapeError extends CellstateError {
  /** The call, as the reader wrote it: `model.predict`. */
  readonly where: string;
  /** The argument's name: `x`, `x.lengths`. */
  readonly argument: string;
  /** The shape that came. */
  readonly given: readonly (number | string)[];
  /** The shape that fits; a letter for an axis of any length. */
  readonly expected: readonly (number | string)[];
  /** How to mend it. */
  readonly mend: string;

  constructor(facts: ShapeFacts) {
    const { where, argument, given, expected, mend } = facts;
    super("shape", sentence(`${where}: ${argument}`, brackets(given), brackets(expected), mend));
    this.name = "ShapeError";
    this.where = where;
    this.argument = argument;
    this.given = given;
    this.expected = expected;
    this.mend = mend;
  }
}

export interface ArgumentFacts {
  readonly where: string;
  readonly argument: string;
  readonly given: unknown;
  /** `given` in words, where the bare value would not tell. */
  readonly described?: string | undefined;
  /** What is allowed, in words; for a choice, all the allowed values. */
  readonly expected: string;
  readonly mend: string;
}

/** A number out of its range, a wrong choice, an unknown character. */
export class ArgumentError extends CellstateError {
  /** The call, as the reader wrote it: `adam`. */
  readonly where: string;
  /** The argument's name. */
  readonly argument: string;
  /** What came. */
  readonly given: unknown;
  /** What is allowed, in words. */
  readonly expected: string;
  /** How to mend it. */
  readonly mend: string;

  constructor(facts: ArgumentFacts) {
    const { where, argument, given, expected, mend } = facts;
    super("argument", sentence(`${where}: ${argument}`, facts.described ?? shown(given), expected, mend));
    this.name = "ArgumentError";
    this.where = where;
    this.argument = argument;
    this.given = given;
    this.expected = expected;
    this.mend = mend;
  }
}

export interface FileFacts {
  readonly file?: string | undefined;
  /** Which part of the file: `header length`, `recurrent.0.forward.W_f.shape`. */
  readonly field: string;
  readonly given: unknown;
  /** `given` in words, where the bare value would not tell. */
  readonly described?: string | undefined;
  readonly expected: string;
  readonly mend: string;
  readonly cause?: unknown;
}

/** A file is damaged, cut short, too large, too new, or cannot be read or written. */
export class FileError extends CellstateError {
  /** The path, where one is known. */
  readonly file: string | undefined;
  /** What of the file is wrong: "header", "digest", "size" … */
  readonly field: string;
  /** What the file has there. */
  readonly given: unknown;
  /** What it should have. */
  readonly expected: string;
  /** How to mend it. */
  readonly mend: string;

  constructor(facts: FileFacts) {
    const { file, field, given, expected, mend, cause } = facts;
    // a field's name comes from the file: no control characters, no megabytes
    const name = cut(JSON.stringify(field).slice(1, -1));
    const subject = file === undefined ? name : `${file}: ${name}`;
    const said = sentence(subject, facts.described ?? shown(given), expected, mend);
    super("file", said, cause === undefined ? undefined : { cause });
    this.name = "FileError";
    this.file = file;
    this.field = field;
    this.given = given;
    this.expected = expected;
    this.mend = mend;
  }
}

export interface TrainingFacts {
  /** How many optimizer steps had been made. */
  readonly step: number;
  readonly layer?: string | undefined;
  readonly parameter?: string | undefined;
  /** What was met: `the loss is NaN`. */
  readonly given: string;
  readonly expected: string;
  readonly mend: string;
}

/** A training cannot go on: it diverged, or its checkpoint belongs to another model. */
export class TrainingError extends CellstateError {
  /** The update at which it ended, from 0. */
  readonly step: number;
  /** The layer to blame, where one is known. */
  readonly layer: string | undefined;
  /** The parameter to blame, where one is known. */
  readonly parameter: string | undefined;
  /** What happened. */
  readonly given: string;
  /** What should have happened. */
  readonly expected: string;
  /** What to try. */
  readonly mend: string;

  constructor(facts: TrainingFacts) {
    const { step, layer, parameter, given, expected, mend } = facts;
    const place = [layer, parameter].filter((part) => part !== undefined).join(".");
    super("training", `train, step ${step}${place && `, ${place}`}: ${given}; expected ${expected}.\n  ${mend}`);
    this.name = "TrainingError";
    this.step = step;
    this.layer = layer;
    this.parameter = parameter;
    this.given = given;
    this.expected = expected;
    this.mend = mend;
  }
}

/** A signal stopped the work. Its name is `AbortError`, as `fetch` has it, so that one check serves both. */
export class AbortedError extends CellstateError {
  constructor(where: string, reason?: unknown) {
    super("aborted", `${where}: stopped by its signal.`, reason === undefined ? undefined : { cause: reason });
    this.name = "AbortError";
  }
}

const sentence = (subject: string, given: string, expected: string, mend: string): string =>
  `${subject} is ${given}; expected ${expected}.\n  ${mend}`;

const brackets = (shape: readonly (number | string)[]): string => `[${shape.join(", ")}]`;

/** A value as a person would write it, cut to a line. Files may hold lists a million deep. */
function shown(value: unknown, depth = 0): string {
  let text: string;
  if (typeof value === "string") text = JSON.stringify(value);
  else if (typeof value === "function") text = "a function";
  else if (ArrayBuffer.isView(value)) text = `${value.constructor.name} of ${value.byteLength} bytes`;
  else if (Array.isArray(value)) {
    const first = depth > 2 ? ["…"] : value.slice(0, 9).map((item) => shown(item, depth + 1));
    text = `[${first.join(", ")}${value.length > 9 ? ", …" : ""}]`;
  } else if (value instanceof Map) text = "a Map";
  else if (value !== null && typeof value === "object") text = `{ ${Object.keys(value).slice(0, 9).join(", ")} }`;
  else text = String(value);
  return cut(text);
}

const cut = (text: string): string => (text.length > 120 ? `${text.slice(0, 119)}…` : text);

/** @throws {ArgumentError} if it is no whole number, less than `least` or more than `most` */
export function wholeFrom(least: number, where: string, argument: string, given: number, most?: number): void {
  if (Number.isSafeInteger(given) && given >= least && !(most !== undefined && given > most)) return;
  const expected = `a whole number ${most === undefined ? `of at least ${least}` : `from ${least} to ${most}`}`;
  const mend = `for example ${argument}: ${Math.min(most ?? 32, Math.max(least, 32))}.`;
  throw new ArgumentError({ where, argument, given, expected, mend });
}
