/** What a state remembers and of when, what the inputs mean for what comes next, and what follows from a change. */
import type { Prediction } from "cellstate";
import {
  type InputInfluence,
  inputGradients,
  memoryLedger,
  mostLikely,
  probabilities,
  summarize,
} from "cellstate/analysis";
import { type Asked, type Place, type Run, remembering, runOf, symbolsOf } from "./runs.ts";

interface Question {
  readonly of: Asked;
  readonly at: Place;
  /** One that is linear in its own past. */
  readonly state: string;
}

/** s = a ⊙ s[t-1] + b, written out. */
export interface LedgerCard {
  readonly state: string;
  readonly a: string;
  readonly b: string;
  readonly steps: number;
  readonly units: number;
  /** `[T, T + 1]`: ‖what the first state, step 0, step 1 … have left in the state after step t‖. */
  readonly norms: Float64Array;
  /** Of every unit, in steps. */
  readonly halfLives: Float64Array;
  /** The largest difference between the sum of all that is left and the traced state. */
  readonly error: number;
  /** The largest size of a value of the state. */
  readonly largest: number;
}

/** The same of one unit, with signs. */
export interface UnitLedger {
  readonly unit: number;
  /** `[T, T + 1]` */
  readonly parts: Float64Array;
  /** As traced, `[T]`. */
  readonly values: Float32Array;
}

/** The life of what one step wrote, from that step on. */
export interface Life {
  readonly source: number;
  readonly steps: Int32Array;
  /** The part that is left, of all units together. */
  readonly shares: Float64Array;
  /** And of one. */
  readonly keeps: Float64Array;
}

/** Of what comes after one step, as trained and as it is now. */
export interface Outlook {
  readonly step: number;
  /** Symbols with their probabilities, or the output's values, `[K]`. */
  readonly kind: "probabilities" | "values";
  readonly ids: Uint32Array;
  readonly before: Float32Array;
  readonly after: Float32Array;
}

/** What can be held at a number, and what each way expects of the symbols that did come. */
export interface Choices {
  /** Values that keep within 0 … 1 in every layer, as trained. */
  readonly gates: readonly string[];
  /** `[T − 1]` */
  readonly before?: Float32Array;
  readonly after?: Float32Array;
}

export interface Influence extends Pick<InputInfluence, "step" | "target" | "value" | "norms"> {
  /** What was differentiated: the log probability of a symbol, or one of the output's values. */
  readonly of: "log probability" | "value";
}

/** Symbols that are compared. */
const SHOWN = 8;

const ledgerOf = remembering(async ({ of, at, state }: Question) => {
  const { model, trace } = await runOf(of);
  return memoryLedger(model, trace, { ...at, state });
});

const asTrained = ({ id, text }: Asked): Asked => ({ id, text, fixed: {} });

export const memoryCalls = {
  /** @throws {ArgumentError} why the state has no ledger */
  async ledger(question: Omit<Question, "state"> & { state?: string }): Promise<LedgerCard> {
    const ledger = await ledgerOf(question as Question);
    const { state, a, b, steps, units, error, halfLives } = ledger;
    const { trace } = await runOf(question.of);
    const { min, max } = summarize(trace.get(state, question.at)).all;
    const largest = Math.max(-min, max);
    return { state, a, b, steps, units, error, largest, halfLives: halfLives.slice(), norms: ledger.norms() };
  },
  async ledgerOfUnit({ unit, ...question }: Question & { unit: number }): Promise<UnitLedger> {
    const { trace } = await runOf(question.of);
    const own = trace.get(question.state, question.at);
    const values = Float32Array.from({ length: own.shape[1] }, (_, t) => own.values[t * own.shape[2] + unit]!);
    return { unit, values, parts: (await ledgerOf(question)).ofUnit(unit) };
  },
  /** @param source - the step that wrote; −1: the first state */
  async life({ source, unit, ...question }: Question & { source: number; unit: number }): Promise<Life> {
    const ledger = await ledgerOf(question);
    const { steps, shares, keeps } = ledger.retention(source);
    return { source, steps, shares, keeps: Float64Array.from(steps, (_, k) => keeps[k * ledger.units + unit]!) };
  },
  /** What each input means for what the text has next, or for the likeliest after its end. */
  async influence({ of, step }: { of: Asked; step: number }): Promise<Influence> {
    const run = await runOf(of);
    const isSymbol = symbolsOf(run) !== undefined;
    const rows = rowsOf(run.output);
    const at = rows.count === 1 ? run.input.tokens.length - 1 : step;
    const next = isSymbol ? (run.input.ids![at + 1] ?? mostLikely(rows.row(at), rows.size, { count: 1 }).ids[0]!) : 0;
    const kind = isSymbol ? "log probability" : "value";
    const { norms, target, value } = await inputGradients(run.model, run.input.x, { step: at, target: next, of: kind });
    return { step: at, target, value, norms, of: kind };
  },
  async choices({ of }: { of: Asked }): Promise<Choices> {
    const [before, after] = [await runOf(asTrained(of)), await runOf(of)];
    const isGate = new Map<string, boolean>();
    for (const { name, values } of before.trace.values) {
      isGate.set(name, (isGate.get(name) ?? true) && values.every((v) => v >= 0 && v <= 1));
    }
    const gates = [...isGate].flatMap(([name, is]) => (is ? [name] : []));
    const symbols = symbolsOf(before);
    if (symbols === undefined || rowsOf(before.output).count === 1) return { gates };
    const nextOf = ({ output, input }: Run): Float32Array =>
      mostLikely(output.values, symbols, { count: 1, targets: input.ids!.subarray(1) }).next;
    return { gates, before: nextOf(before), after: nextOf(after) };
  },
  async outlook({ of, step }: { of: Asked; step: number }): Promise<Outlook> {
    const [first, second] = [await runOf(asTrained(of)), await runOf(of)];
    const [a, b] = [rowsOf(first.output), rowsOf(second.output)];
    if (symbolsOf(first) === undefined) {
      const ids = Uint32Array.from({ length: Math.min(a.size, SHOWN) }, (_, k) => k);
      const values = (rows: Rows) => rows.row(step).slice(0, ids.length);
      return { step, kind: "values", ids, before: values(a), after: values(b) };
    }
    const [before, after] = [probabilities(a.row(step)), probabilities(b.row(step))];
    const most = (k: number): number => Math.max(before[k]!, after[k]!);
    const ids = Uint32Array.from(before.keys())
      .sort((k, l) => most(l) - most(k) || k - l)
      .slice(0, SHOWN);
    const picked = (from: Float32Array) => Float32Array.from(ids, (id) => from[id]!);
    return { step, kind: "probabilities", ids, before: picked(before), after: picked(after) };
  },
};

interface Rows {
  readonly size: number;
  /** Steps, or 1 where the model gives an output after the last step alone. */
  readonly count: number;
  row(step: number): Float32Array;
}

function rowsOf({ values, shape }: Prediction): Rows {
  const size = shape.at(-1)!;
  const count = values.length / size;
  return {
    size,
    count,
    row: (step) => {
      const from = (count === 1 ? 0 : step) * size;
      return values.subarray(from, from + size);
    },
  };
}
