/** A fault that is easy to make and hard to see. */
export interface Fault {
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** Test files, from packages/cellstate/src. */
  readonly tests: readonly string[];
}
