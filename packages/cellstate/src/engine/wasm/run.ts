/**
 * A program with its memory: where every storage lies, the frame that tells the kernels so, and the loop over
 * time. A step is one call; what needs no state is one call over all rows, unless ragged rows ask for spans.
 */
import type { Op, Rows, Schedule } from "../../cell/operations.ts";
import type { BindOptions, Region, Run } from "../engine.ts";
import { type Storage, storageLength, widthOf } from "../layout.ts";
import { lastRows, spansOf } from "../loop.ts";
import { SLOTS } from "./plan.ts";
import type { CompiledPass, List, Program } from "./program.ts";
import type { Memory } from "./space.ts";

export interface Capacity {
  readonly batch: number;
  readonly rows: number;
}

export function bindRun(memory: Memory, program: Program, capacity: Capacity, options: BindOptions): Run {
  const { forward } = program;
  const { plan, carry } = forward;
  const { schedule, storages, buffers } = plan;
  const backward = options.backward === false ? undefined : program.backward();
  const states = new Set(schedule.states.map((name) => buffers.get(name)!.storage));
  const forwardOnly = storagesOf(schedule, buffers);
  const wanted = backward === undefined ? forwardOnly : new Set(storages.keys());
  const regions = new Map<string, Region>();
  const owned = new Map<string, Region>();
  const own = (name: string, length: number): Region => {
    let region: Region;
    try {
      region = memory.allocate(length);
    } catch (error) {
      for (const other of owned.values()) memory.free(other); // without room for all, none is kept
      throw error;
    }
    owned.set(name, region);
    regions.set(name, region);
    return region;
  };
  for (const storage of storages.values()) {
    if (storage.given || !wanted.has(storage.name)) continue;
    own(storage.name, storageLength(storage, capacity.batch, capacity.rows));
  }
  const frameRegion = own("the frame", plan.frameLength);
  own("the scratch", Math.max(plan.scratchBytes, backward?.plan.scratchBytes ?? 0) / 4);
  own("the panels", Math.max(plan.panelsBytes, backward?.plan.panelsBytes ?? 0) / 4);
  const frame = frameRegion.address * 4;

  let batch = capacity.batch;
  let isCurrent = false;
  let starts = new Int32Array(16);

  /** Row 0 lies behind the first values, where there are any. */
  const baseOf = (storage: Storage, region: Region): number =>
    region.address + (storage.rows === "state" ? batch * storage.stride : 0);

  function writeFrame(): void {
    const words = memory.words();
    const put = (slot: number, value: number): void => {
      words[(frame + slot) >> 2] = value;
    };
    put(SLOTS.parameters, (regions.get("parameters")?.address ?? 0) * 4);
    put(SLOTS.gradients, (regions.get("gradients")?.address ?? 0) * 4);
    put(SLOTS.packed, (regions.get("packed")?.address ?? 0) * 4);
    put(SLOTS.panels, regions.get("the panels")!.address * 4);
    put(SLOTS.scratch, regions.get("the scratch")!.address * 4);
    for (const storage of storages.values()) {
      const region = regions.get(storage.name);
      put(plan.slotOf(storage.name), region === undefined ? 0 : baseOf(storage, region) * 4);
    }
    isCurrent = true;
  }

  /** Once everything has been placed it stays so. */
  function requirePlaced(needed: ReadonlySet<string>): void {
    for (const name of needed) if (!regions.has(name)) throw new Error(unplaced(name));
    complete.add(needed);
  }
  const complete = new Set<ReadonlySet<string>>();
  const unplaced = (name: string): string => `${schedule.name}: nothing has been placed for ${name}`;

  /** Fills `starts`; returns how many rows there are, and whether all sequences are equally long. */
  function prepare(rows: Rows, needed: ReadonlySet<string>): { total: number; isEven: boolean } {
    if (rows.steps > starts.length) starts = new Int32Array(rows.steps * 2);
    let total = 0;
    for (let t = 0; t < rows.steps; t++) {
      starts[t] = total;
      total += rows.active[t]!;
    }
    if (rows.batch > capacity.batch || total > capacity.rows) {
      const given = `${rows.batch} sequences with ${total} rows`;
      throw new RangeError(`${schedule.name}: ${given}; bound for ${capacity.batch} with ${capacity.rows}`);
    }
    if (rows.batch !== batch || !isCurrent) {
      batch = rows.batch;
      writeFrame();
    }
    if (!complete.has(needed)) requirePlaced(needed);
    return { total, isEven: total === rows.batch * rows.steps };
  }

  function overAll(list: List, rows: Rows, total: number, isEven: boolean): void {
    if (list.operations.length === 0 || total === 0) return;
    if (isEven) {
      list.all(frame, 0, -rows.batch, total);
      return;
    }
    const spans = spansOf(rows);
    for (const { run, readsBefore } of list.operations) {
      if (!readsBefore) run(frame, 0, -rows.batch, total);
      else for (const { now, before, count } of spans) run(frame, now, before, count);
    }
  }

  function atStep({ all }: List, rows: Rows, t: number): void {
    all(frame, starts[t]!, t === 0 ? -rows.batch : starts[t - 1]!, rows.active[t]!);
  }

  const onFirst = ({ first }: CompiledPass, rows: Rows): void => {
    if (first.operations.length > 0) first.all(frame, -rows.batch, -rows.batch, rows.batch);
  };

  function clearCarried(): void {
    const words = memory.words();
    for (const storage of storages.values()) {
      if (storage.rows !== "carried") continue;
      const { address } = regions.get(storage.name)!;
      words.fill(0, address, address + batch * storage.stride);
    }
  }

  return {
    place(name, region) {
      const storage = buffers.get(name)?.storage ?? name;
      const mine = owned.get(storage);
      if (mine !== undefined) memory.free(mine);
      owned.delete(storage);
      regions.set(storage, region);
      isCurrent = false;
    },
    where(name) {
      const buffer = buffers.get(name);
      const storage = buffer && storages.get(buffer.storage);
      const region = regions.get(storage?.name ?? name);
      if (region === undefined) throw new Error(unplaced(name));
      if (buffer === undefined || storage === undefined) return { region, offset: 0, stride: 0 };
      const offset = baseOf(storage, region) - region.address + buffer.part * widthOf(plan.sizes, buffer.axis);
      return { region, offset, stride: storage.stride };
    },
    setNoise(low, high) {
      memory.words().set([low, high], (frame + SLOTS.noiseLow) >> 2);
    },
    forward(rows, { givenFirst = false } = {}) {
      const { total, isEven } = prepare(rows, forwardOnly);
      forward.turn(frame, 0, 0, 0);
      if (!givenFirst) onFirst(forward, rows);
      overAll(forward.before, rows, total, isEven);
      if (forward.each.operations.length > 0) for (let t = 0; t < rows.steps; t++) atStep(forward.each, rows, t);
      overAll(forward.after, rows, total, isEven);
    },
    backward(rows, { givenFirst = false, givenAdjoints = false } = {}) {
      if (backward === undefined) {
        const how = schedule.backward === undefined ? "scheduled" : "bound";
        throw new Error(`${schedule.name} was ${how} without a backward pass`);
      }
      const { total, isEven } = prepare(rows, wanted);
      backward.turn(frame, 0, 0, 0);
      if (!givenAdjoints) clearCarried();
      overAll(backward.before, rows, total, isEven);
      if (backward.each.operations.length > 0) for (let t = rows.steps - 1; t >= 0; t--) atStep(backward.each, rows, t);
      overAll(backward.after, rows, total, isEven);
      if (!givenFirst) onFirst(backward, rows);
    },
    carry(rows) {
      const { isEven } = prepare(rows, states);
      if (isEven && rows.steps > 0) carry(frame, starts[rows.steps - 1]!, -rows.batch, rows.batch);
      if (isEven) return;
      lastRows(rows).forEach((row, b) => {
        if (row >= 0) carry(frame, row, b - rows.batch, 1);
      });
    },
    close() {
      for (const region of owned.values()) memory.free(region);
      owned.clear();
      regions.clear();
    },
  };
}

/** The storages that the forward pass reads or writes. */
function storagesOf(schedule: Schedule, buffers: ReadonlyMap<string, { readonly storage: string }>): Set<string> {
  const { first, before, each, after } = schedule.forward;
  const names = [...first, ...before, ...each, ...after].flatMap(valuesOf);
  names.push(...schedule.states, schedule.output);
  return new Set(names.flatMap((name) => buffers.get(name)?.storage ?? []));
}

function valuesOf(op: Op): string[] {
  switch (op.op) {
    case "product":
      return [op.into.name, op.from.name];
    case "gradient":
      return [op.left.name, op.right.name];
    case "map":
      return [...op.reads, ...op.writes].map((at) => at.name);
    case "sum":
      return op.reads.map((at) => at.name);
    default:
      return [op.ids.name, op.rows.name];
  }
}
