/**
 * A list of operations in phases that threads can share. Rows: each thread takes some of the rows through all
 * operations of the phase. Results: sums over all rows in their order, where each thread takes some of the results.
 * Within a phase no thread reads what another writes; between two phases everybody waits for everybody.
 */
import type { At, MapOp, Op, Schedule, Sizes } from "../../cell/operations.ts";
import { blocksOf, sizeOf, widthOf } from "../layout.ts";
import { readsBefore } from "../loop.ts";

export interface Phase {
  readonly kind: "rows" | "results";
  readonly ops: readonly Op[];
  /** Does any operation read the step before? */
  readonly readsBefore: boolean;
}

/** `apart`: operations that stand in phases of their own. */
export function phasesOf(schedule: Schedule, ops: readonly Op[], apart: ReadonlySet<Op> = new Set()): Phase[] {
  const storages = new Map(schedule.buffers.map((b) => [b.name, b.storage]));
  const phases: { kind: Phase["kind"]; ops: Op[] }[] = [];
  for (const op of ops) {
    const kind = resultsOf(op).length > 0 ? "results" : "rows";
    const last = phases.at(-1);
    const fits =
      last?.kind === kind &&
      last.ops.every((other) => apart.has(other) === apart.has(op)) &&
      last.ops.every((other) =>
        kind === "results"
          ? !resultsOf(op).some((name) => resultsOf(other).includes(name))
          : !disturbs(storages, op, other) && !disturbs(storages, other, op),
      );
    if (fits) last.ops.push(op);
    else phases.push({ kind, ops: [op] });
  }
  return phases.map((phase) => ({ ...phase, readsBefore: phase.ops.some(readsBefore) }));
}

/** The parameters whose gradients an operation adds to. */
function resultsOf(op: Op): readonly string[] {
  switch (op.op) {
    case "gradient":
      return op.panel.parameters;
    case "sum":
      return [op.into];
    case "scatter":
      return [op.table];
    default:
      return [];
  }
}

/** Does one read the step before where the other writes? Rows are then not each other's own. */
function disturbs(storages: ReadonlyMap<string, string>, reader: Op, writer: Op): boolean {
  const written = new Set(writesOf(writer).map((at) => storages.get(at.name)));
  return readsOf(reader).some((at) => at.time === "before" && written.has(storages.get(at.name)));
}

const readsOf = (op: Op): readonly At[] => (op.op === "map" ? op.reads : op.op === "product" ? [op.from] : []);

function writesOf(op: Op): readonly At[] {
  if (op.op === "map") return op.writes;
  if (op.op === "product") return [op.into];
  return op.op === "gather" ? [op.rows] : [];
}

/** About how long a row takes, in FLOP of a product: of maps and moves, what they were measured to take. */
export function costOf({ parameters }: Schedule, sizes: Sizes, ops: readonly Op[]): number {
  const columnsOf = (table: string): number => widthOf(sizes, parameters.find((p) => p.name === table)!.columns);
  return ops.reduce((sum, op) => sum + costOfOne(sizes, op, columnsOf), 0);
}

function costOfOne(sizes: Sizes, op: Op, columnsOf: (table: string) => number): number {
  switch (op.op) {
    case "product":
    case "gradient": {
      const { panel } = op;
      const entries = (sizeOf(sizes, panel.rows) * sizeOf(sizes, panel.columns)) / blocksOf(sizes, panel);
      return 2 * entries * panel.parameters.length;
    }
    case "map":
    case "sum":
      return costOfMap(sizes, op.code);
    default:
      return MOVED * columnsOf(op.table);
  }
}

/** FLOP of a number that is read or written, a function like sigmoid, everything else. */
const MOVED = 8;
const FUNCTION = 16;
const OTHER = 4;

const costOfMap = (sizes: Sizes, code: MapOp["code"]): number =>
  code.reduce((sum, { op, axis }) => {
    const each = op === "read" || op === "write" ? MOVED : op === "unary" ? FUNCTION : OTHER;
    return sum + widthOf(sizes, axis) * each;
  }, 0);
