/** What a command is, and what it gets. */
import type { COMMON, Flags, Values } from "./flags.ts";
import type { Stops } from "./stops.ts";
import type { Terminal } from "./terminal.ts";

export interface Context {
  readonly terminal: Terminal;
  readonly stops: Stops;
  /** How this command is called here: `cellstate`, `npx cellstate`. */
  readonly program: string;
  readonly json: boolean;
}

export interface Command<F extends Flags = Flags> {
  readonly name: string;
  /** What stands behind the name: `FILE.txt`. */
  readonly operands: string;
  readonly summary: string;
  /** Lines of the help: a command and what it does. */
  readonly examples: readonly (readonly [string, string])[];
  /** Flags by group, in the order of the help. */
  readonly flags: F;
  /** At most so many operands. */
  readonly most: number;
  /** What it says is its result, and goes to stdout. */
  readonly isStory?: boolean;
  /** More for the help, at its end. */
  readonly notes?: readonly string[];
  run(context: Context, values: Values<F & typeof COMMON>, operands: readonly string[]): Promise<void>;
}

export const command = <const F extends Flags>(one: Command<F>): Command<F> => one;
