/**
 * A product of a schedule with 8-bit matrices: the operand's rows are rounded a few at a time, then each of the panel's
 * matrices, or each block of it, is multiplied with them. Everything else of a schedule stays as it is.
 */
import type { Op, Schedule, Sizes } from "../../cell/operations.ts";
import { widthOf } from "../layout.ts";
import { type Code, call, i32 } from "../wasm/assembler.ts";
import { detectFeatures } from "../wasm/features.ts";
import { addressIn, defineOperation, type Plan, rowAddress, SLOTS } from "../wasm/plan.ts";
import { defineIntegerProduct, defineRounding, type IntegerShape, type RoundingShape, roundedRow } from "./kernels.ts";
import { type Dot, layoutPacked, pack, portable, relaxed } from "./packed.ts";

type Product = Extract<Op, { op: "product" }>;

/** Rows rounded at a time: enough to read each panel seldom, few enough that every stream can have their memory. */
const BLOCK = 16;

/** Products with 8-bit matrices, for the wasm engine. */
export interface IntegerProducts {
  readonly dot: Dot;
  /** How much memory the integers of a schedule's matrices take, in numbers of 4 bytes. */
  packedLength(schedule: Schedule, sizes: Sizes): number;
  pack(schedule: Schedule, sizes: Sizes, parameters: Float32Array, into: Float32Array): void;
  /** Emits the operation, or says that it stays a product of float32. */
  define(plan: Plan, op: Product): number | undefined;
}

/** With the relaxed dot product where it is right, else with what every runtime has; the bits are the same. */
export function integerProducts(
  dot: Dot = detectFeatures().relaxedDot.state === "works" ? relaxed : portable,
): IntegerProducts {
  return {
    dot,
    packedLength: (schedule, sizes) => layoutPacked(schedule, sizes, dot).length,
    pack: (schedule, sizes, parameters, into) => pack({ schedule, sizes }, dot, parameters, into),
    define: (plan, op) => define(plan, op, dot),
  };
}

const plus = (address: Code, bytes: number): Code => (bytes === 0 ? address : i32.add(address, i32.const(bytes)));

function define(plan: Plan, op: Product, dot: Dot): number | undefined {
  const { schedule, sizes, module } = plan;
  const { matrices } = layoutPacked(schedule, sizes, dot);
  const { panel, start } = op;
  if (op.transposed || panel.parameters.some((name) => !matrices.has(name))) return undefined;
  const from = plan.locate(op.from);
  const into = plan.locate(op.into);
  const width = widthOf(sizes, panel.columns);
  const row = roundedRow(width, dot);
  // the row's steps, then its scale; what a kernel reads past the end is multiplied by 0
  plan.useScratch(BLOCK * (row + 4) + 16);
  const scalesAt = BLOCK * row;
  const rounding: RoundingShape = { dot, width, row: from.stride };
  const round = plan.once(`round ${JSON.stringify(rounding)}`, () => defineRounding(module, rounding));
  const kernelFor = (shape: IntegerShape): number =>
    plan.once(`integers ${JSON.stringify(shape)}`, () => defineIntegerProduct(module, shape));

  return defineOperation(plan, (w, frame) => {
    const a = w.i32(plus(rowAddress(frame, from), from.offset));
    const c = w.i32(plus(rowAddress(frame, into), into.offset));
    const [parameters, packed, scratch] = [SLOTS.parameters, SLOTS.packed, SLOTS.scratch].map((slot) =>
      w.i32(addressIn(frame, slot)),
    );
    const rows = w.i32();
    const some = i32.const(BLOCK);
    w.when(frame.count.get, () => {
      w.repeat(
        () => {
          w.put(rows.set(i32.select(frame.count.get, some, i32.ltU(frame.count.get, some))));
          w.put(call(round, a.get, scratch!.get, plus(scratch!.get, scalesAt), rows.get));
          panel.parameters.forEach((name, k) => {
            const matrix = matrices.get(name)!;
            const bias = typeof start === "object" ? start.biases[k] : undefined;
            const kernel = kernelFor({
              dot,
              columns: matrix.columns,
              rows: matrix.rows,
              rowA: row,
              rowC: into.stride,
              start: start === "add" ? "add" : bias === undefined ? "zero" : "bias",
            });
            matrix.blocks.forEach(({ weights, scales }, block) => {
              const within = block * matrix.rows * 4;
              const biasAt = bias === undefined ? 0 : plan.parameters.get(bias)!.offset * 4 + within;
              w.put(
                call(
                  kernel,
                  plus(scratch!.get, block * matrix.columns * dot.valueBytes),
                  plus(packed!.get, weights),
                  plus(c.get, k * widthOf(sizes, panel.rows) * 4 + within),
                  plus(parameters!.get, biasAt),
                  plus(packed!.get, scales),
                  plus(scratch!.get, scalesAt),
                  rows.get,
                ),
              );
            });
          });
          w.put(a.set(i32.add(a.get, i32.mul(rows.get, i32.const(from.stride)))));
          w.put(c.set(i32.add(c.get, i32.mul(rows.get, i32.const(into.stride)))));
          w.put(frame.count.set(i32.sub(frame.count.get, rows.get)));
        },
        () => frame.count.get,
      );
    });
  });
}
