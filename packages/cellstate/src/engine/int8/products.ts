/**
 * A product of a schedule with 8-bit matrices: the operand's rows are rounded a few at a time, then each of the panel's
 * matrices, or each block of it, is multiplied with them. Everything else of a schedule stays as it is.
 */
import type { Op, Schedule, Sizes } from "../../cell/operations.ts";
import type { Parts } from "../engine.ts";
import { widthOf } from "../layout.ts";
import { type Code, call, i32, type Local } from "../wasm/assembler.ts";
import { addressIn, defineOperation, type Plan, rowAddress, SLOTS } from "../wasm/plan.ts";
import { chooseDot } from "./choose.ts";
import type { Dot } from "./dots.ts";
import { defineIntegerProduct, type IntegerShape } from "./kernel.ts";
import { layoutPacked, pack } from "./packed.ts";
import { defineOwn, defineRounding, type RoundingShape, roundedRow } from "./rounding.ts";

type Product = Extract<Op, { op: "product" }>;

/** Rows rounded at a time: enough to read each panel seldom, few enough that every stream can have their memory. */
const BLOCK = 16;

/** Products with 8-bit matrices, for the wasm engine. */
export interface IntegerProducts {
  readonly dot: Dot;
  /** How much memory the integers of a schedule's matrices take, in numbers of 4 bytes. */
  packedLength(schedule: Schedule, sizes: Sizes): number;
  pack(schedule: Schedule, sizes: Sizes, parameters: Float32Array, into: Float32Array): Parts;
  /** Emits the operation, or says that it stays a product of float32. */
  define(plan: Plan, op: Product): number | undefined;
}

/** With the machine's fastest dot product; the bits are the same with any. */
export function integerProducts(dot: Dot = chooseDot()): IntegerProducts {
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
  // rows of steps, their scales, what they take off their sums; what is read past the end meets weights of 0
  const scalesAt = BLOCK * row;
  const own = BLOCK * 4;
  plan.useScratch(scalesAt + 2 * own + 16);
  const rounding: RoundingShape = { width, row: from.stride };
  const round = plan.once(`round ${JSON.stringify(rounding)}`, () => defineRounding(module, dot, rounding));
  const kernelFor = (shape: IntegerShape): number =>
    plan.once(`integers ${JSON.stringify(shape)}`, () => defineIntegerProduct(module, dot, shape));
  const { blocks, columns, rows: height } = matrices.get(panel.parameters[0]!)!;
  const sumOf = plan.once(`own ${columns} ${row}`, () => defineOwn(module, dot, columns, row));

  return defineOperation(plan, (w, frame) => {
    const a = w.i32(plus(rowAddress(frame, from), from.offset));
    const c = w.i32(plus(rowAddress(frame, into), into.offset));
    const [parameters, packed, scratch] = [SLOTS.parameters, SLOTS.packed, SLOTS.scratch].map((slot) =>
      w.i32(addressIn(frame, slot)),
    ) as [Local, Local, Local];
    const rows = w.i32();
    const some = i32.const(BLOCK);
    const rowScales = plus(scratch.get, scalesAt);
    const multiply = (name: string, k: number, block: number): void => {
      const bias = typeof start === "object" ? start.biases[k] : undefined;
      const kernel = kernelFor({
        dot: dot.name,
        columns,
        rows: height,
        rowA: row,
        rowC: into.stride,
        start: start === "add" ? "add" : bias === undefined ? "zero" : "bias",
        own,
      });
      const within = block * height * 4;
      const { weights, scales } = matrices.get(name)!.blocks[block]!;
      w.put(
        call(
          kernel,
          plus(scratch.get, block * columns * dot.stepBytes),
          plus(packed.get, weights),
          plus(c.get, k * widthOf(sizes, panel.rows) * 4 + within),
          plus(parameters.get, bias === undefined ? 0 : plan.parameters.get(bias)!.offset * 4 + within),
          plus(packed.get, scales),
          rowScales,
          rows.get,
        ),
      );
    };
    w.when(frame.count.get, () => {
      w.repeat(
        () => {
          w.put(rows.set(i32.select(frame.count.get, some, i32.ltU(frame.count.get, some))));
          w.put(call(round, a.get, scratch.get, rowScales, rows.get));
          blocks.forEach((_, block) => {
            const at = plus(scratch.get, block * columns * dot.stepBytes);
            if (dot.nothing !== 0) w.put(call(sumOf, at, plus(scratch.get, scalesAt + own), rows.get));
            panel.parameters.forEach((name, k) => multiply(name, k, block));
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
