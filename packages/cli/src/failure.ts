/**
 * How the command fails: a kind, which decides the exit code, a sentence that says what is wrong, and lines that say
 * how to mend it. Errors of the library are told in the same way.
 */
import { AbortedError, ArgumentError, CellError, CellstateError, FileError, TrainingError } from "cellstate";

/** Exit codes by kind. */
export const EXIT = { internal: 1, usage: 2, data: 3, model: 4, train: 5, quality: 6, resources: 7 } as const;
export type Kind = keyof typeof EXIT;
export const SIGNAL_EXIT = { SIGINT: 130, SIGTERM: 143 } as const;

export class Failure extends Error {
  readonly kind: Kind;
  /** How to mend it, a line each. */
  readonly mend: readonly string[];

  constructor(kind: Kind, message: string, ...mend: (string | undefined)[]) {
    super(message);
    this.name = "Failure";
    this.kind = kind;
    this.mend = mend.filter((line) => line !== undefined && line !== "") as string[];
  }
}

/** Thrown where a command ends early with everything said: the exit code alone is left. */
export class Ended extends Error {
  readonly exitCode: number;
  constructor(exitCode: number) {
    super(`ended with ${exitCode}`);
    this.exitCode = exitCode;
  }
}

/** Any error as a failure. `kind` is what the work at hand suggests for errors that do not say themselves. */
export function failureFrom(error: unknown, kind?: Kind): Failure {
  if (error instanceof Failure) return error;
  const [first = "", ...rest] = String((error as Error | undefined)?.message ?? error).split("\n");
  const mend = rest.map((line) => line.trimEnd().replace(/^ {2}/, ""));
  if (error instanceof TrainingError) return new Failure("train", first.replace(/^train, /, ""), ...mend);
  if (error instanceof CellError) return new Failure(kind ?? "usage", first, ...mend);
  if (error instanceof FileError) {
    const isDisk = error.field === "the answer of the disk";
    return new Failure(kind ?? (isDisk ? "resources" : "model"), first, ...mend);
  }
  if (error instanceof ArgumentError) return new Failure(kind ?? "usage", first.replace(/^\w+: /, ""), ...mend);
  if (error instanceof CellstateError && error.code === "memory")
    return new Failure("resources", first, "use fewer --units, or a smaller --batch");
  if (error instanceof AbortedError || error instanceof CellstateError)
    return new Failure(kind ?? "internal", first, ...mend);
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (code !== undefined && code in DISK) return new Failure("resources", first, DISK[code]);
  if (
    error instanceof RangeError &&
    /allocation failed|Invalid (typed )?array length|string length|out of memory|grow/i.test(first)
  ) {
    return new Failure(
      "resources",
      `not enough memory: ${first}`,
      "use less text, fewer --units, or a smaller --batch",
    );
  }
  return new Failure("internal", first);
}

const DISK: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full; free some space",
  EDQUOT: "your quota is used up; free some space",
  EROFS: "the disk is mounted read-only; choose another place with --out",
  EACCES: "you may not write there; choose another place with --out",
  EPERM: "you may not write there; choose another place with --out",
  EMFILE: "too many files are open",
};
