/** The reference engine: schedules in plain float64 loops over one flat array. Slow, and easy to believe. */
import type { Op, Rows, Schedule, Sizes } from "../../cell/operations.ts";
import {
  atOnce,
  type BindOptions,
  type CompileOptions,
  type Program,
  type Region,
  type Run,
  type Space,
} from "../engine.ts";
import { layoutParameters, layoutStorages, padded, type Storage, storageLength, widthOf } from "../layout.ts";
import { lastRows, readsBefore, spansOf, startsOf } from "../loop.ts";
import { type Context, runOperation } from "./operations.ts";

interface Flat {
  memory: Float64Array;
  used: number;
  readonly free: Map<number, number[]>;
}

export function openReference(): Space {
  const flat: Flat = { memory: new Float64Array(1 << 12), used: 0, free: new Map() };
  const lengths = new Map<number, number>();
  const space: Space = {
    engine: "reference",
    allocate(wanted) {
      const length = Math.max(padded(wanted), 8);
      const again = flat.free.get(length)?.pop();
      const address = again ?? flat.used;
      if (again === undefined) {
        flat.used += length;
        if (flat.used > flat.memory.length) {
          const larger = new Float64Array(Math.max(flat.used, flat.memory.length * 2));
          larger.set(flat.memory);
          flat.memory = larger;
        }
      }
      lengths.set(address, length);
      flat.memory.fill(0, address, address + length);
      return { address, length: wanted };
    },
    free({ address }) {
      const length = lengths.get(address);
      if (length === undefined) throw new Error(`no region begins at ${address}`);
      lengths.delete(address);
      flat.free.set(length, [...(flat.free.get(length) ?? []), address]);
    },
    floats: ({ address, length }) => flat.memory.subarray(address, address + length),
    compile: (schedule, sizes, options) => compile(space, flat, schedule, sizes, options ?? {}),
    get bytes() {
      return flat.memory.byteLength;
    },
    threads: 1,
    ready: 1,
    join() {},
    async leave() {},
    close() {
      flat.memory = new Float64Array(0);
    },
  };
  return space;
}

function compile(space: Space, flat: Flat, schedule: Schedule, sizes: Sizes, own: CompileOptions): Program {
  return {
    schedule,
    sizes,
    bind: (capacity, options) => bind(space, flat, schedule, sizes, capacity, { ...own, ...options }),
  };
}

function bind(
  space: Space,
  flat: Flat,
  schedule: Schedule,
  sizes: Sizes,
  capacity: { readonly batch: number; readonly rows: number },
  options: BindOptions & CompileOptions,
): Run {
  const storages = layoutStorages(schedule, sizes);
  const buffers = new Map(schedule.buffers.map((b) => [b.name, b]));
  const { places } = layoutParameters(schedule, sizes);
  const regions = new Map<string, Region>();
  const owned: Region[] = [];
  for (const storage of storages.values()) {
    if (storage.given) continue;
    const region = space.allocate(storageLength(storage, capacity.batch, capacity.rows));
    regions.set(storage.name, region);
    owned.push(region);
  }
  let batch = capacity.batch;

  /** Row 0 of a storage: behind the first values where there are any. */
  const base = (storage: Storage): number => {
    const region = regions.get(storage.name);
    if (region === undefined) throw new Error(`${schedule.name}: nothing has been placed for ${storage.name}`);
    return region.address + (storage.rows === "state" ? batch * storage.stride : 0);
  };
  const context: Context = {
    schedule,
    sizes,
    places,
    roundsOperands: options.weights === "i8",
    memory: flat.memory,
    parameters: 0,
    gradients: 0,
    noise: [0, 0],
    address(at, now, before, r) {
      const buffer = buffers.get(at.name);
      if (buffer === undefined) return context.parameters + places.get(at.name)!.offset;
      const storage = storages.get(buffer.storage)!;
      const row = buffer.rows === "always" ? 0 : buffer.rows === "step" || buffer.rows === "carried" ? r : now + r;
      const from = at.time === "before" ? before + r : row;
      return base(storage) + from * storage.stride + buffer.part * widthOf(sizes, buffer.axis);
    },
  };
  const prepare = (rows: Rows): void => {
    batch = rows.batch;
    context.memory = flat.memory;
    context.parameters = regions.get("parameters")?.address ?? 0;
    context.gradients = regions.get("gradients")?.address ?? 0;
  };
  const overAll = (ops: readonly Op[], rows: Rows, without?: ReadonlySet<Op>, from = 0): void => {
    const { total } = startsOf(rows);
    for (const op of ops) {
      if (without?.has(op)) continue;
      if (!readsBefore(op)) runOperation(context, op, from, from - rows.batch, total);
      else for (const s of spansOf(rows)) runOperation(context, op, s.now, s.before, s.count);
    }
  };
  const atStep = (ops: readonly Op[], rows: Rows, starts: Int32Array, t: number): void => {
    const before = t === 0 ? -rows.batch : starts[t - 1]!;
    for (const op of ops) runOperation(context, op, starts[t]!, before, rows.active[t]!);
  };
  const onFirst = (ops: readonly Op[], rows: Rows): void => {
    for (const op of ops) runOperation(context, op, -rows.batch, -rows.batch, rows.batch);
  };

  const run: Run = {
    place: (name, region) => void regions.set(buffers.get(name)?.storage ?? name, region),
    where(name) {
      const buffer = buffers.get(name);
      const storage = buffer && storages.get(buffer.storage);
      const region = regions.get(storage?.name ?? name)!;
      if (buffer === undefined || storage === undefined) return { region, offset: 0, stride: 0 };
      const offset = base(storage) - region.address + buffer.part * widthOf(sizes, buffer.axis);
      return { region, offset, stride: storage.stride };
    },
    setNoise(low, high) {
      context.noise = [low, high];
    },
    *forward(rows, { givenFirst = false, without, from } = {}) {
      prepare(rows);
      const { starts } = startsOf(rows);
      if (!givenFirst) onFirst(schedule.forward.first, rows);
      overAll(schedule.forward.before, rows, without, from);
      for (let t = 0; t < rows.steps; t++) {
        atStep(schedule.forward.each, rows, starts, t);
        yield;
      }
      overAll(schedule.forward.after, rows, without, from);
    },
    *backward(rows, { givenFirst = false, givenAdjoints = false, without } = {}) {
      prepare(rows);
      const pass = schedule.backward;
      if (pass === undefined) throw new Error(`${schedule.name} was scheduled without a backward pass`);
      const { starts } = startsOf(rows);
      for (const storage of storages.values()) {
        if (storage.rows !== "carried" || givenAdjoints) continue;
        const { address, length } = regions.get(storage.name)!;
        flat.memory.fill(0, address, address + length);
      }
      overAll(pass.before, rows, without);
      for (let t = rows.steps - 1; t >= 0; t--) {
        atStep(pass.each, rows, starts, t);
        yield;
      }
      overAll(pass.after, rows, without);
      if (!givenFirst) onFirst(pass.first, rows);
    },
    carry(rows) {
      prepare(rows);
      const last = lastRows(rows);
      for (const name of schedule.states) {
        const storage = storages.get(buffers.get(name)!.storage)!;
        const row0 = base(storage);
        last.forEach((row, b) => {
          const from = row0 + row * storage.stride;
          flat.memory.copyWithin(row0 + (b - rows.batch) * storage.stride, from, from + storage.stride);
        });
      }
    },
    step(count, carries) {
      const rows = { batch: count, steps: 1, active: Uint32Array.of(count) };
      atOnce(run.forward(rows, { givenFirst: true }));
      if (carries) run.carry(rows);
    },
    close() {
      for (const region of owned.splice(0)) space.free(region);
    },
  };
  return run;
}
