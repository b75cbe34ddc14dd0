/**
 * The operations on panels: products forward and with the transpose, and gradients. Each becomes a few
 * calls of kernels. A panel's matrices are neighbours in memory in most schedules, and then go as one;
 * the blocks of block-diagonal matrices go one by one.
 */
import type { Op, Panel } from "../../cell/operations.ts";
import { blocksOf, padded, sizeOf, widthOf } from "../layout.ts";
import { type Code, call, i32 } from "./assembler.ts";
import { gradientScratch } from "./gradient.ts";
import { addressIn, defineOperation, defineShare, type Plan, rowAddress, SLOTS } from "./plan.ts";

type Product = Extract<Op, { op: "product" }>;
type Gradient = Extract<Op, { op: "gradient" }>;

/** A matrix, or neighbours side by side, or a block: distances in bytes from the panel's operand and result. */
interface Piece {
  /** Where the matrix lies in the parameters. */
  readonly weights: number;
  /** Along the panel's rows: how many, and where they begin in the wide row of all parts. */
  readonly rows: number;
  readonly rowsAt: number;
  /** Along the panel's columns. */
  readonly columns: number;
  readonly columnsAt: number;
  /** Which of the panel's matrices is the first, and how far into its rows. */
  readonly matrix: number;
  readonly within: number;
}

function piecesOf(plan: Plan, panel: Panel, together: (k: number) => boolean): Piece[] {
  const { sizes } = plan;
  const rows = sizeOf(sizes, panel.rows);
  const columns = sizeOf(sizes, panel.columns);
  const blocks = blocksOf(sizes, panel);
  const width = widthOf(sizes, panel.rows);
  const pieces: Piece[] = [];
  panel.parameters.forEach((name, matrix) => {
    const weights = plan.parameters.get(name)!.offset * 4;
    if (blocks > 1) {
      const height = rows / blocks;
      const across = columns / blocks;
      for (let block = 0; block < blocks; block++) {
        pieces.push({
          weights: weights + block * padded(height) * across * 4,
          rows: height,
          rowsAt: (matrix * width + block * height) * 4,
          columns: across,
          columnsAt: block * across * 4,
          matrix,
          within: block * height * 4,
        });
      }
      return;
    }
    const last = pieces.at(-1);
    if (last !== undefined && width > 1 && weights === last.weights + last.rows * columns * 4 && together(matrix)) {
      pieces[pieces.length - 1] = { ...last, rows: last.rows + width };
    } else {
      pieces.push({ weights, rows: width, rowsAt: matrix * width * 4, columns, columnsAt: 0, matrix, within: 0 });
    }
  });
  return pieces;
}

const plus = (address: Code, bytes: number): Code => (bytes === 0 ? address : i32.add(address, i32.const(bytes)));

export const defineProductOperation = (plan: Plan, op: Product): number =>
  op.transposed ? defineTransposed(plan, op) : defineForward(plan, op);

// into[row, u] = start + Σ from[row, k] · W[u, k]
function defineForward(plan: Plan, op: Product): number {
  const from = plan.locate(op.from);
  const into = plan.locate(op.into);
  const biasAt = (matrix: number): number | undefined => {
    const name = typeof op.start === "object" ? op.start.biases[matrix] : undefined;
    return name === undefined ? undefined : plan.parameters.get(name)!.offset * 4;
  };
  const width = widthOf(plan.sizes, op.panel.rows) * 4;
  // Matrices can only go together if their biases do.
  const pieces = piecesOf(plan, op.panel, (k) => {
    const bias = biasAt(k - 1);
    return biasAt(k) === (bias === undefined ? undefined : bias + width);
  });
  const shapeOf = (piece: Piece, bias: boolean) =>
    ({
      depth: piece.columns,
      columns: piece.rows,
      rowA: from.stride,
      rowC: into.stride,
      start: op.start === "add" ? "add" : bias ? "bias" : "zero",
    }) as const;
  return defineOperation(plan, (w, frame) => {
    const a = w.i32(rowAddress(frame, from)).get;
    const c = w.i32(rowAddress(frame, into)).get;
    const parameters = w.i32(addressIn(frame, SLOTS.parameters)).get;
    for (const piece of pieces) {
      const bias = biasAt(piece.matrix);
      w.put(
        call(
          plan.product(shapeOf(piece, bias !== undefined)),
          plus(a, from.offset + piece.columnsAt),
          plus(parameters, piece.weights),
          plus(c, into.offset + piece.rowsAt),
          plus(parameters, (bias ?? 0) + piece.within),
          frame.count.get,
        ),
      );
    }
  });
}

// into[row, k] = start + Σ from[row, u] · W[u, k], all the panel's matrices one after another
function defineTransposed(plan: Plan, op: Product): number {
  if (typeof op.start === "object") throw new Error(`${plan.schedule.name}: a transposed product has no biases`);
  const from = plan.locate(op.from);
  const into = plan.locate(op.into);
  const blocks = blocksOf(plan.sizes, op.panel);
  const { offset, pieces } = turn(plan, op.panel);
  return defineOperation(plan, (w, frame) => {
    const a = w.i32(rowAddress(frame, from)).get;
    const c = w.i32(rowAddress(frame, into)).get;
    const panels = w.i32(addressIn(frame, SLOTS.panels)).get;
    for (const piece of pieces) {
      const kernel = plan.product({
        depth: piece.rows,
        // Whole panels where nothing but padding follows: turned panels are padded with zeros.
        columns: blocks > 1 ? piece.columns : widthOf(plan.sizes, op.panel.columns),
        rowA: from.stride,
        rowC: into.stride,
        start: piece.matrix === 0 ? (op.start as "zero" | "add") : "add",
      });
      const operand = plus(a, from.offset + piece.rowsAt);
      const result = plus(c, into.offset + piece.columnsAt);
      w.put(call(kernel, operand, plus(panels, offset + piece.turnedAt), result, i32.const(0), frame.count.get));
    }
  });
}

type Turned = Piece & { readonly turnedAt: number };

/** Plans a panel's transpose, `[columns / 8][rows][8]` for each piece, and emits how it is packed. */
function turn(plan: Plan, panel: Panel): { offset: number; pieces: Turned[] } {
  let bytes = 0;
  const pieces = piecesOf(plan, panel, () => true).map((piece): Turned => {
    const turnedAt = bytes;
    bytes += padded(piece.columns) * piece.rows * 4;
    return { ...piece, turnedAt };
  });
  const key = panel.parameters.join(" ");
  const known = plan.turned.get(key);
  if (known !== undefined) return { offset: known.offset, pieces };
  const offset = plan.takePanels(bytes);
  const pack = defineOperation(plan, (w, frame) => {
    const parameters = w.i32(addressIn(frame, SLOTS.parameters)).get;
    const panels = w.i32(addressIn(frame, SLOTS.panels)).get;
    for (const piece of pieces) {
      const kernel = plan.turn(piece.rows, piece.columns);
      w.put(call(kernel, plus(parameters, piece.weights), plus(panels, offset + piece.turnedAt)));
    }
  });
  plan.turned.set(key, { offset, pack });
  return { offset, pieces };
}

// G[u, k] += Σ right[row, u] · left[row, k], this thread's share of the panels
export function defineGradientOperation(plan: Plan, op: Gradient): number {
  const left = plan.locate(op.left);
  const right = plan.locate(op.right);
  const pieces = piecesOf(plan, op.panel, () => true);
  for (const piece of pieces) plan.useScratch(gradientScratch(piece.columns));
  return defineShare(plan, (w, frame) => {
    const a = w.i32(rowAddress(frame, left)).get;
    const b = w.i32(rowAddress(frame, right)).get;
    const gradients = w.i32(addressIn(frame, SLOTS.gradients)).get;
    for (const piece of pieces) {
      const shape = { depth: piece.columns, columns: piece.rows, rowLeft: left.stride, rowRight: right.stride };
      const panels = Math.ceil(piece.rows / 8);
      const upTo = (share: Code): Code => i32.divU(i32.mul(share, i32.const(panels)), frame.shares.get);
      const from = w.i32(upTo(frame.share.get)).get;
      const until = w.i32(upTo(i32.add(frame.share.get, i32.const(1)))).get;
      const operands = [plus(a, left.offset + piece.columnsAt), plus(b, right.offset + piece.rowsAt)];
      const scratch = addressIn(frame, SLOTS.scratch);
      const result = plus(gradients, piece.weights);
      w.when(i32.ne(from, until), () => {
        w.put(call(plan.gradient(shape), ...operands, result, scratch, frame.count.get, from, until));
      });
    }
  });
}
