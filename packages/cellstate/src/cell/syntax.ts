/**
 * What a cell's text says, line by line: the tree that `parse` makes and that everything else reads.
 * Nothing is resolved here; names are names. Every part knows its place in the text, so that an
 * error found later can still point at it.
 */

/** A place in the text; both count from 1. `length` is how many characters the caret marks. */
export interface Place {
  readonly line: number;
  readonly column: number;
  readonly length: number;
}

export const functionNames = [
  "sigmoid",
  "tanh",
  "relu",
  "softplus",
  "exp",
  "log",
  "logsigmoid",
  "sqrt",
  "abs",
  "step",
  "min",
  "max",
  "clamp",
  "layernorm",
  "sum",
  "mean",
  "expand",
  "stopgradient",
  "bernoulli",
] as const;
export type FunctionName = (typeof functionNames)[number];

export type Expression =
  | { readonly kind: "number"; readonly value: number; readonly at: Place }
  /** `x`, `f`, `b_f`, or with `previous` a value after the step before: `h[t-1]`. */
  | { readonly kind: "name"; readonly name: string; readonly previous: boolean; readonly at: Place }
  | { readonly kind: "negative"; readonly of: Expression; readonly at: Place }
  | {
      readonly kind: "binary";
      readonly operator: "+" | "-" | "*" | "/";
      readonly left: Expression;
      readonly right: Expression;
      readonly at: Place;
    }
  /** `W_f @ x`: a matrix parameter times a vector. */
  | { readonly kind: "product"; readonly matrix: string; readonly of: Expression; readonly at: Place }
  /**
   * `axis` only for `sum(v, blocks)`; `clamp` has a value and two numbers; `layernorm` one or more values.
   * `perSequence` only for `bernoulli(p, sequence)`: one draw for all steps of a sequence.
   */
  | {
      readonly kind: "call";
      readonly function: FunctionName;
      readonly arguments: readonly Expression[];
      readonly axis?: string;
      readonly perSequence?: true;
      readonly at: Place;
    };

/** `f : blocks = sigmoid(…)  # caption`; several names on the left only for `layernorm`. */
export interface Definition {
  readonly names: readonly string[];
  readonly places: readonly Place[];
  readonly axis?: string;
  readonly value: Expression;
  readonly caption?: string;
  /** A comment on lines of its own just above. */
  readonly heading?: string;
}

/** `m[0] = -1e30`, `h[0] = k_h`: numbers and vector parameters. */
export interface FirstValue {
  readonly state: string;
  readonly value: Expression;
  readonly at: Place;
}

/** `x : units` puts a name's axis; `R : blockdiagonal(heads)` cuts a role's matrices. */
export interface AxisLine {
  readonly name: string;
  readonly axis: string;
  readonly blockdiagonal: boolean;
  readonly at: Place;
}

/** `R : dropped(0.5)`: each weight of a role's matrices, or of one matrix, is 0 with this probability while training. */
export interface DroppedLine {
  readonly target: string;
  readonly rate: number;
  readonly at: Place;
}

/** `b_f ~ 1`, `R ~ orthogonal`, `b_f ~ chrono(784)`; a target is a role (`R`) or a parameter (`b_f`). */
export interface StartLine {
  readonly targets: readonly string[];
  readonly rule: StartRule;
  readonly at: Place;
}

export type StartRule =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "call"; readonly name: StartName; readonly arguments: readonly number[] };

/** `uniform` without an argument is ± 1/√units, PyTorch's; see `model/starts.ts`. */
export const startNames = ["uniform", "normal", "glorot", "orthogonal", "identity", "chrono"] as const;
export type StartName = (typeof startNames)[number];

/** A whole cell's text. */
export interface Syntax {
  readonly definitions: readonly Definition[];
  readonly firstValues: readonly FirstValue[];
  readonly axes: readonly AxisLine[];
  readonly dropped: readonly DroppedLine[];
  readonly starts: readonly StartLine[];
}

/** An underscore means a parameter; the role stands before it. */
export const isParameter = (name: string): boolean => name.includes("_");
/** Capital role: a matrix. Small role: a vector. */
export const isMatrix = (name: string): boolean => isParameter(name) && /^[A-Z]/.test(name);
/** `W_f` has the role `W`. */
export const roleOf = (name: string): string => name.slice(0, name.indexOf("_"));
