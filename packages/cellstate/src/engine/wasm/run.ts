/**
 * A program with its memory: where every storage lies, the frames that tell the kernels so (one for each thread), and
 * the way through time and rows in parts of a few milliseconds, which threads share.
 */
import type { Op, Rows, Schedule } from "../../cell/operations.ts";
import type { BackwardOptions, BindOptions, ForwardOptions, Parts, Region, Run } from "../engine.ts";
import { type Storage, storageLength, widthOf } from "../layout.ts";
import { lastRows, spansOf } from "../loop.ts";
import type { Kernel } from "./modules.ts";
import { cut, isTimeToPause, rowsOfPart } from "./parts.ts";
import { SLOTS } from "./plan.ts";
import type { CompiledPass, CompiledPhase, Program } from "./program.ts";
import type { Memory } from "./space.ts";
import type { Team } from "./team.ts";
import { LINE_WORDS } from "./timeLoop.ts";

export interface Capacity {
  readonly batch: number;
  readonly rows: number;
}

export function bindRun(memory: Memory, team: Team, program: Program, capacity: Capacity, options: BindOptions): Run {
  const { forward } = program;
  const { plan } = forward;
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
  // A frame and a scratch for each thread, on cache lines of their own.
  const threads = Math.min(team.most, Math.max(1, capacity.rows));
  const frameLength = toLine(plan.frameLength);
  const scratchLength = toLine(Math.max(plan.scratchBytes, backward?.plan.scratchBytes ?? 0) / 4);
  const frame = own("the frames", frameLength * threads).address * 4;
  const frameOf = (share: number): number => frame + share * frameLength * 4;
  own("the scratch", scratchLength * threads);
  own("the panels", Math.max(plan.panelsBytes, backward?.plan.panelsBytes ?? 0) / 4);
  const table = own("the table of steps", LINE_WORDS * capacity.rows).address;

  let batch = capacity.batch;
  let isCurrent = false;

  /** Row 0 lies behind the first values, where there are any. */
  const baseOf = (storage: Storage, region: Region): number =>
    region.address + (storage.rows === "state" ? batch * storage.stride : 0);

  function writeFrames(): void {
    const words = memory.words();
    const addressOf = (name: string): number => (regions.get(name)?.address ?? 0) * 4;
    for (let share = 0; share < threads; share++) {
      const put = (slot: number, value: number): void => {
        words[(frameOf(share) + slot) >> 2] = value;
      };
      put(SLOTS.parameters, addressOf("parameters"));
      put(SLOTS.gradients, addressOf("gradients"));
      put(SLOTS.packed, addressOf("packed"));
      put(SLOTS.panels, addressOf("the panels"));
      put(SLOTS.scratch, addressOf("the scratch") + share * scratchLength * 4);
      put(SLOTS.slice, 0);
      for (const storage of storages.values()) {
        const region = regions.get(storage.name);
        put(plan.slotOf(storage.name), region === undefined ? 0 : baseOf(storage, region) * 4);
      }
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

  function settle(rows: number, total: number, needed: ReadonlySet<string>): void {
    if (rows > capacity.batch || total > capacity.rows) {
      const given = `${rows} sequences with ${total} rows`;
      throw new RangeError(`${schedule.name}: ${given}; bound for ${capacity.batch} with ${capacity.rows}`);
    }
    if (rows !== batch || !isCurrent) {
      batch = rows;
      writeFrames();
    }
    if (!complete.has(needed)) requirePlaced(needed);
  }

  /** Checks the rows and writes the table of steps. */
  function prepare(rows: Rows, needed: ReadonlySet<string>): Walk {
    let total = 0;
    let steps = 0;
    while (steps < rows.steps && rows.active[steps]! > 0) total += rows.active[steps++]!;
    settle(rows.batch, total, needed);
    const words = memory.words();
    let before = -rows.batch;
    let now = 0;
    for (let t = 0; t < steps; t++) {
      words[table + t * LINE_WORDS] = before;
      words[table + t * LINE_WORDS + 1] = now;
      words[table + t * LINE_WORDS + 2] = rows.active[t]!;
      before = now;
      now += rows.active[t]!;
    }
    return { rows, steps, total, lastStart: before, isEven: total === rows.batch * rows.steps };
  }

  const call = (kernel: Kernel | undefined, now: number, before: number, count: number): void =>
    kernel?.run(frame, now, before, count);
  const onFirst = ({ first }: CompiledPass, { rows }: Walk): void => call(first, -rows.batch, -rows.batch, rows.batch);

  function* overAll(
    phases: readonly CompiledPhase[],
    walk: Walk,
    without: ReadonlySet<Op> | undefined,
    from = 0,
  ): Parts {
    for (const phase of phases) {
      if (without?.has(phase.ops[0]!)) continue;
      const { cost, kernel } = phase;
      const most = team.threadsFor(cost * walk.total, Math.min(threads, walk.total));
      const isRows = phase.kind === "rows";
      const length = rowsOfPart(team.limits, cost, most, isRows ? 4 * most : 32);
      const whole = { now: from, before: from - walk.rows.batch, count: walk.total };
      for (const span of phase.readsBefore && !walk.isEven ? spansOf(walk.rows) : [whole]) {
        for (let done = 0; done < span.count; done += length) {
          const count = Math.min(length, span.count - done);
          const shares = Math.min(most, count);
          team.run(kernel, shares, (share, numbers, at) => {
            const first = isRows ? cut(count, share, shares) : 0;
            numbers[at] = frameOf(share);
            numbers[at + 1] = span.now + done + first;
            numbers[at + 2] = span.before + done + first;
            numbers[at + 3] = isRows ? cut(count, share + 1, shares) - first : count;
            numbers[at + 4] = share;
            numbers[at + 5] = shares;
          });
          if (isTimeToPause(team.limits, (cost * count) / shares)) yield;
        }
      }
    }
  }

  function* overTime({ each, direction }: CompiledPass, { rows, steps, total }: Walk): Parts {
    if (each === undefined || steps === 0) return;
    const { kernel, cost } = each;
    const most = team.threadsFor(cost * total, Math.min(threads, rows.active[0]!));
    const length = rowsOfPart(team.limits, cost, most, 4 * most);
    const stride = Math.max(1, Math.floor(length / rows.active[0]!));
    for (let done = 0; done < steps; done += stride) {
      const from = direction > 0 ? done : Math.max(0, steps - done - stride);
      const to = direction > 0 ? Math.min(steps, done + stride) : steps - done;
      const active = rows.active[from]!;
      for (let first = 0; first < active; first += length) {
        const count = Math.min(length, active - first);
        const shares = Math.min(most, count);
        team.run(kernel, shares, (share, numbers, at) => {
          numbers[at] = frameOf(share);
          numbers[at + 1] = table * 4;
          numbers[at + 2] = from;
          numbers[at + 3] = to;
          numbers[at + 4] = first + cut(count, share, shares);
          numbers[at + 5] = first + cut(count, share + 1, shares);
        });
        if (isTimeToPause(team.limits, (cost * count * (to - from)) / shares)) yield;
      }
    }
  }

  function clearCarried(): void {
    const words = memory.words();
    for (const storage of storages.values()) {
      if (storage.rows !== "carried") continue;
      const { address } = regions.get(storage.name)!;
      words.fill(0, address, address + batch * storage.stride);
    }
  }

  function* forwardParts(rows: Rows, { givenFirst = false, without, from }: ForwardOptions): Parts {
    const walk = prepare(rows, forwardOnly);
    call(forward.turn, 0, 0, 0);
    if (!givenFirst) onFirst(forward, walk);
    yield* overAll(forward.before, walk, without, from);
    yield* overTime(forward, walk);
    yield* overAll(forward.after, walk, without, from);
  }

  function* backwardParts(rows: Rows, { givenFirst = false, givenAdjoints = false, without }: BackwardOptions): Parts {
    if (backward === undefined) {
      const how = schedule.backward === undefined ? "scheduled" : "bound";
      throw new Error(`${schedule.name} was ${how} without a backward pass`);
    }
    const walk = prepare(rows, wanted);
    call(backward.turn, 0, 0, 0);
    if (!givenAdjoints) clearCarried();
    yield* overAll(backward.before, walk, without);
    yield* overTime(backward, walk);
    yield* overAll(backward.after, walk, without);
    if (!givenFirst) onFirst(backward, walk);
  }

  /** Rows of a step shared between threads, which find their part of what every step overwrites by their slice. */
  function stepTogether(kernel: Kernel, count: number, shares: number): void {
    const words = memory.words();
    const slice = (share: number, first: number): void => {
      words[(frameOf(share) + SLOTS.slice) >> 2] = first;
    };
    team.run(kernel, shares, (share, numbers, at) => {
      const from = cut(count, share, shares);
      slice(share, from);
      numbers[at] = frameOf(share);
      numbers[at + 1] = from;
      numbers[at + 2] = from - count;
      numbers[at + 3] = cut(count, share + 1, shares) - from;
    });
    for (let share = 0; share < shares; share++) slice(share, 0);
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
      for (let share = 0; share < threads; share++) {
        memory.words().set([low, high], (frameOf(share) + SLOTS.noiseLow) >> 2);
      }
    },
    forward: (rows, given = {}) => forwardParts(rows, given),
    backward: (rows, given = {}) => backwardParts(rows, given),
    carry(rows) {
      const { isEven, steps, lastStart } = prepare(rows, states);
      if (isEven && steps > 0) call(forward.carry, lastStart, -rows.batch, rows.batch);
      if (isEven) return;
      lastRows(rows).forEach((row, b) => {
        if (row >= 0) call(forward.carry, row, b - rows.batch, 1);
      });
    },
    step(count, carries) {
      settle(count, count, forwardOnly);
      const shares = team.threadsFor(forward.cost * count, Math.min(threads, count));
      const kernel = carries ? forward.stepAndCarry : forward.step;
      if (shares === 1) kernel.run(frame, 0, -count, count);
      else stepTogether(kernel, count, shares);
    },
    close() {
      for (const region of owned.values()) memory.free(region);
      owned.clear();
      regions.clear();
    },
  };
}

/** Rows on their way through a pass. */
interface Walk {
  readonly rows: Rows;
  /** That have a row at all. */
  readonly steps: number;
  readonly total: number;
  /** The first row of the last step. */
  readonly lastStart: number;
  readonly isEven: boolean;
}

const toLine = (words: number): number => Math.ceil(words / 16) * 16;

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
