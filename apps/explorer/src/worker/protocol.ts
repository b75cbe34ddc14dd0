/** What goes between the page and its worker: calls by name, reports on the way, one answer. */

/** What a call in the worker gets besides its argument. */
export interface Context<Report = never> {
  /** Tells the page something before the answer. */
  report(report: Report): void;
  /** The page no longer wants the answer. */
  readonly signal: AbortSignal;
}

/** An error as it crosses: its sentence, and the facts that a page points with. */
export interface Fault {
  readonly name: string;
  readonly message: string;
  /** "cell", "file", "argument", "shape", "memory", … */
  readonly code?: string;
  /** Where in a cell's text. */
  readonly place?: { readonly line: number; readonly column: number; readonly length: number };
  readonly problem?: string;
  readonly mend?: string;
}

/** To the worker. */
export type Request =
  | { readonly kind: "call"; readonly id: number; readonly name: string; readonly argument: unknown }
  | { readonly kind: "stop"; readonly id: number };

/** From the worker. */
export type Reply =
  | { readonly kind: "report"; readonly id: number; readonly report: unknown }
  | { readonly kind: "answer"; readonly id: number; readonly answer: unknown }
  | { readonly kind: "fault"; readonly id: number; readonly fault: Fault };
