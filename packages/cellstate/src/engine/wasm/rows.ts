/** What moves whole rows: look-ups in a table, their gradient, and states from the last row to the first. */
import type { Op } from "../../cell/operations.ts";
import { LANES, sizeOf, widthOf } from "../layout.ts";
import { type Code, copyMemory, f32, f32x4, i32, type Local, type Scope, v128 } from "./assembler.ts";
import { addressIn, defineOperation, type Plan, rowAddress, SLOTS } from "./plan.ts";

type LookUp = Extract<Op, { op: "gather" | "scatter" }>;

/** Runs the body for as many bytes of a row as there are, 16 at a time, or number by number. */
function alongRow(w: Scope, numbers: number, isVector: boolean, body: (at: Local) => void): void {
  const at = w.i32(i32.const(0));
  w.repeat(
    () => {
      body(at);
      w.put(at.set(i32.add(at.get, i32.const(isVector ? 16 : 4))));
    },
    () => i32.ne(at.get, i32.const(numbers * 4)),
  );
}

/** Defines gather, rows[r] = table[ids[r]], or scatter, gradient of table[ids[r]] += rows[r] in the rows' order. */
export function defineLookUp(plan: Plan, op: LookUp): number {
  const ids = plan.locate(op.ids);
  const rows = plan.locate(op.rows);
  const { parameter, offset } = plan.parameters.get(op.table)!;
  const entries = plan.sizes[parameter.rows]!;
  // A matrix that products read too lies in panels of eight rows: a row's numbers are eight apart.
  const isPaneled = parameter.kind === "matrix";
  const width = widthOf(plan.sizes, parameter.columns);
  const numbers = isPaneled ? sizeOf(plan.sizes, parameter.columns) : width;
  const isVector = !isPaneled && numbers >= LANES;
  const stride = isPaneled ? numbers * 4 : (parameter.columns === "one" ? LANES : numbers) * 4;
  return defineOperation(plan, (w, frame) => {
    const id = w.i32(rowAddress(frame, ids));
    const row = w.i32(rowAddress(frame, rows));
    const isGather = op.op === "gather";
    const table = w.i32(
      i32.add(addressIn(frame, isGather ? SLOTS.parameters : SLOTS.gradients), i32.const(offset * 4)),
    );
    const entry = w.i32();
    w.when(frame.count.get, () => {
      w.repeat(
        () => {
          w.put(entry.set(i32.truncate(f32.load(id.get, ids.offset))));
          // Ids are checked where they come in; here they only must not leave the table.
          w.put(entry.set(i32.select(entry.get, i32.const(entries - 1), i32.ltU(entry.get, i32.const(entries)))));
          const lane = i32.and(entry.get, i32.const(LANES - 1));
          const start = isPaneled
            ? i32.add(i32.mul(i32.sub(entry.get, lane), i32.const(stride)), i32.mul(lane, i32.const(4)))
            : i32.mul(entry.get, i32.const(stride));
          w.put(entry.set(i32.add(table.get, start)));
          alongRow(w, numbers, isVector, (at) => {
            const along = isPaneled ? i32.mul(at.get, i32.const(LANES)) : at.get;
            const inTable = w.i32(i32.add(entry.get, along)).get;
            const inRow = w.i32(i32.add(row.get, at.get)).get;
            if (isVector && isGather) w.put(v128.store(inRow, v128.load(inTable), rows.offset));
            else if (isVector) w.put(v128.store(inTable, f32x4.add(v128.load(inTable), v128.load(inRow, rows.offset))));
            else if (isGather) w.put(f32.store(inRow, f32.load(inTable), rows.offset));
            else w.put(f32.store(inTable, f32.add(f32.load(inTable), f32.load(inRow, rows.offset))));
          });
          w.put(id.set(i32.add(id.get, i32.const(ids.stride))), row.set(i32.add(row.get, i32.const(rows.stride))));
          w.put(frame.count.set(i32.sub(frame.count.get, i32.const(1))));
        },
        () => frame.count.get,
      );
    });
  });
}

/** Defines `carry`: every state's rows from `now` are copied to the rows from `before`. */
export function defineCarry(plan: Plan): number {
  const storages = new Set(plan.schedule.states.map((name) => plan.buffers.get(name)!.storage));
  return defineOperation(plan, (w, frame) => {
    for (const name of storages) {
      const stride = plan.storages.get(name)!.stride * 4;
      const base = addressIn(frame, plan.slotOf(name));
      const rowOf = (row: Local): Code => i32.add(base, i32.mul(row.get, i32.const(stride)));
      const bytes = i32.mul(frame.count.get, i32.const(stride));
      if (stride % 16 > 0) {
        w.put(copyMemory(rowOf(frame.before), rowOf(frame.now), bytes));
        continue;
      }
      const from = w.i32(rowOf(frame.now));
      const into = w.i32(rowOf(frame.before));
      const end = w.i32(i32.add(from.get, bytes));
      w.when(frame.count.get, () => {
        w.repeat(
          () => {
            w.put(v128.store(into.get, v128.load(from.get)));
            w.put(from.set(i32.add(from.get, i32.const(16))), into.set(i32.add(into.get, i32.const(16))));
          },
          () => i32.ne(from.get, end.get),
        );
      });
    }
  });
}
