/**
 * Maps: what a cell computes lane by lane, four lanes at a time, row after row. A map that looks along its
 * rows (sums, largest values) becomes several loops over each row, one level after another. A sum down the
 * rows is a map that adds its last value to a vector's gradient: rows in order, one accumulator a lane.
 */
import type { At, Instruction } from "../../cell/operations.ts";
import { sizeOf, widthOf } from "../layout.ts";
import { type Code, f32, f32x4, i32, i32x4, type Local, type Scope, v128 } from "./assembler.ts";
import { emitBlocks } from "./blocks.ts";
import { functions } from "./functions.ts";
import { isAlongRow, isConstant, isSingle, levelsOf, needsRow, operandsOf } from "./levels.ts";
import { laneNoise, rowNoise } from "./noise.ts";
import { addressIn, type Call, defineOperation, type Place, type Plan, rowAddress, SLOTS } from "./plan.ts";

export interface MapCode {
  readonly reads: readonly At[];
  readonly writes: readonly At[];
  readonly code: readonly Instruction[];
  /** The vector parameter whose gradient takes the last value's sum. */
  readonly sumInto?: string;
}

/** Defines `map(frame, now, before, count)`. */
export function defineMap(plan: Plan, map: MapCode): number {
  return defineOperation(plan, (w, frame) => {
    w.when(frame.count.get, () => emitRows(w, plan, frame, map));
  });
}

/** Everything a map's loops ask for. */
export interface Row {
  readonly plan: Plan;
  readonly code: readonly Instruction[];
  readonly reads: readonly Place[];
  readonly writes: readonly Place[];
  readonly level: readonly number[];
  readonly kept: ReadonlySet<number>;
  readonly sumInto: Place | undefined;
  /** Where the row of a place begins. */
  address(place: Place): Code;
  /** Values that are one number for the row, in all four lanes. */
  readonly singles: Map<number, Code>;
  readonly scratch: Code;
  readonly keptAt: ReadonlyMap<number, number>;
  readonly noise: ReadonlyMap<number, Code>;
}

const isSame = (a: Place, b: Place): boolean => a.slot === b.slot && a.offset === b.offset && a.from === b.from;

function emitRows(w: Scope, plan: Plan, frame: Call, map: MapCode): void {
  const { code } = map;
  const reads = map.reads.map(plan.locate);
  const writes = map.writes.map(plan.locate);
  const { level, kept, last } = levelsOf(code, (read) => writes.some((write) => isSame(write, reads[read]!)));
  const sumInto = map.sumInto === undefined ? undefined : plan.locate({ name: map.sumInto, time: "always" });

  // One pointer for every matrix of rows and time, moved from row to row.
  const pointers = new Map<string, { local: Local; stride: number }>();
  const keyOf = (place: Place): string => `${place.slot} ${place.from} ${place.stride}`;
  for (const place of [...reads, ...writes]) {
    if (pointers.has(keyOf(place))) continue;
    pointers.set(keyOf(place), { local: w.i32(rowAddress(frame, place)), stride: place.stride });
  }
  if (sumInto !== undefined) {
    pointers.set("sum", { local: w.i32(addressIn(frame, SLOTS.gradients)), stride: 0 });
  }
  const keptAt = new Map<number, number>();
  let scratchBytes = 0;
  for (const i of kept) {
    keptAt.set(i, scratchBytes);
    scratchBytes += widthOf(plan.sizes, code[i]!.axis) * 4;
  }
  plan.useScratch(scratchBytes);
  const scratch = kept.size === 0 ? i32.const(0) : w.i32(addressIn(frame, SLOTS.scratch)).get;
  const index = w.i32(frame.now.get);

  w.repeat(
    () => {
      const address = (place: Place): Code => pointers.get(place === sumInto ? "sum" : keyOf(place))!.local.get;
      const wholeNumber = (i: number): Code => {
        const place = reads[(code[i] as Instruction & { op: "read" }).from]!;
        return i32.truncate(f32.load(address(place), place.offset));
      };
      const noise = new Map<number, Code>();
      for (const instruction of code) {
        if (instruction.op !== "noise" || noise.has(instruction.purpose)) continue;
        const { purpose, by } = instruction;
        noise.set(purpose, rowNoise(w, frame, purpose, by === undefined ? index.get : wholeNumber(by)));
      }
      const shared = {
        plan,
        code,
        reads,
        writes,
        level,
        kept,
        sumInto,
        address,
        singles: new Map(),
        scratch,
        keptAt,
        noise,
      };
      for (let at = 0; at <= last; at++) emitLevel(w, shared, at);
      for (const { local, stride } of pointers.values()) {
        if (stride > 0) w.put(local.set(i32.add(local.get, i32.const(stride))));
      }
      w.put(index.set(i32.add(index.get, i32.const(1))));
      w.put(frame.count.set(i32.sub(frame.count.get, i32.const(1))));
    },
    () => frame.count.get,
  );
}

/** What a level computes: its single numbers, one loop for each axis, then what those loops have summed. */
function emitLevel(w: Scope, row: Row, at: number): void {
  const { code, level } = row;
  code.forEach((instruction, i) => {
    if (level[i] !== at || !isSingle(instruction) || isConstant(instruction)) return;
    if (instruction.op === "write") {
      const place = row.writes[instruction.to]!;
      w.put(v128.storeLane(row.address(place), single(row, instruction.a), 0, place.offset));
    } else if (!isAlongRow(code, instruction)) {
      row.singles.set(i, w.let(compute(w, row, i, (a) => single(row, a), FIRST_LANE, undefined)));
    }
  });
  const axes = new Set<string>();
  for (const task of tasksOf(row, at)) axes.add(task.axis);
  for (const axis of axes) emitLoop(w, row, at, axis);
  code.forEach((instruction, i) => {
    if (level[i] === at + 1 && isAlongRow(code, instruction) && needsRow(instruction)) emitBlocks(w, row, i);
  });
  if (row.sumInto?.axis === "one" && level.at(-1) === at) {
    const address = row.address(row.sumInto);
    const sum = f32x4.add(v128.loadSplat(address, row.sumInto.offset), single(row, code.length - 1));
    w.put(v128.storeLane(address, sum, 0, row.sumInto.offset));
  }
}

const FIRST_LANE = i32x4.const(0);

/** A single number, in all lanes. */
function single(row: Row, i: number): Code {
  const constant = constantOf(row, i);
  return constant ?? row.singles.get(i)!;
}

function constantOf({ plan, code }: Row, i: number): Code | undefined {
  const instruction = code[i]!;
  if (instruction.op === "number") return f32x4.const(instruction.value);
  if (instruction.op === "size") return f32x4.const(sizeOf(plan.sizes, instruction.of));
  return undefined;
}

interface Task {
  readonly axis: string;
  readonly kind: "write" | "keep" | "reduce" | "sum";
  readonly i: number;
}

/** What the loops of a level are for. */
function tasksOf({ code, level, kept, sumInto }: Row, at: number): Task[] {
  const tasks: Task[] = [];
  code.forEach((instruction, i) => {
    const { axis } = instruction;
    if (instruction.op === "write" && level[i] === at && axis !== "one") tasks.push({ axis, kind: "write", i });
    const isLane = !isSingle(instruction) && instruction.op !== "write";
    if (isLane && kept.has(i) && level[i] === at && !(isAlongRow(code, instruction) && needsRow(instruction))) {
      tasks.push({ axis, kind: "keep", i });
    }
    if (isAlongRow(code, instruction) && !needsRow(instruction) && level[i] === at + 1) {
      tasks.push({ axis: code[operandsOf(instruction)[0]!]!.axis, kind: "reduce", i });
    }
  });
  if (sumInto !== undefined && sumInto.axis !== "one" && level.at(-1) === at) {
    tasks.push({ axis: sumInto.axis, kind: "sum", i: code.length - 1 });
  }
  return tasks;
}

/**
 * How many vectors a turn takes: one of these functions waits for itself most of the time. A map of five functions,
 * ns a unit with 1, 2, 4: 4.9, 3.9, 3.9 (Zen 4, Node 20, H = 256).
 */
const abreastOf = (vectors: number): number => (vectors % 2 === 0 ? 2 : 1);

/** One loop along the row, four lanes at a time, for all of a level's tasks on one axis. */
function emitLoop(w: Scope, row: Row, at: number, axis: string): void {
  const { code, level } = row;
  const length = sizeOf(row.plan.sizes, axis);
  const vectors = Math.ceil(length / 4);
  const tasks = tasksOf(row, at).filter((task) => task.axis === axis);
  const isLargest = (i: number): boolean => code[i]!.op === "largest";
  const sums = new Map<number, Local>();
  for (const { kind, i } of tasks) {
    if (kind === "reduce") sums.set(i, w.v128(f32x4.const(isLargest(i) ? Number.NEGATIVE_INFINITY : 0)));
  }
  const abreast = abreastOf(vectors);
  const offset = vectors > abreast ? w.i32(i32.const(0)) : undefined;
  const pointer = (address: Code): Code => (offset === undefined ? address : i32.add(address, offset.get));

  const body = (vector: number): void => {
    const ahead = vector * 16; // bytes
    const first = offset === undefined ? i32.const(0) : i32.shrU(offset.get, i32.const(2));
    let laneIndex: Code | undefined;
    const lanes = (): Code => {
      laneIndex ??= w.let(
        i32x4.add(i32x4.splat(first), i32x4.const(vector * 4, vector * 4 + 1, vector * 4 + 2, vector * 4 + 3)),
      );
      return laneIndex;
    };
    // Only the last vector has lanes behind the axis; they are masked out of writes and sums.
    const inside = length % 4 === 0 ? undefined : w.let(i32x4.ltS(lanes(), i32x4.const(length)));
    const masked = (value: Code): Code => (inside === undefined ? value : v128.and(value, inside));
    const values = new Map<number, Code>();
    const value = (i: number): Code => {
      const known = isSingle(code[i]!) ? single(row, i) : (constantOf(row, i) ?? values.get(i));
      if (known !== undefined) return known;
      const isKept = row.kept.has(i) && (level[i]! < at || (isAlongRow(code, code[i]!) && needsRow(code[i]!)));
      const found = w.let(
        isKept
          ? v128.load(pointer(row.scratch), row.keptAt.get(i)! + ahead)
          : compute(w, row, i, value, code[i]!.op === "lane" || code[i]!.op === "noise" ? lanes() : 0, pointer, ahead),
      );
      values.set(i, found);
      return found;
    };
    for (const { kind, i } of tasks) {
      const instruction = code[i]!;
      if (kind === "keep") w.put(v128.store(pointer(row.scratch), value(i), row.keptAt.get(i)! + ahead));
      else if (kind === "sum") {
        const place = row.sumInto!;
        const added = masked(value(i));
        const address = w.i32(pointer(row.address(place))).get;
        w.put(v128.store(address, f32x4.add(v128.load(address, place.offset + ahead), added), place.offset + ahead));
      } else if (kind === "reduce") {
        const sum = sums.get(i)!;
        const operand = value(operandsOf(instruction)[0]!);
        if (!isLargest(i)) w.put(sum.set(f32x4.add(sum.get, masked(operand))));
        else {
          const low = f32x4.const(Number.NEGATIVE_INFINITY);
          const seen = inside === undefined ? operand : v128.choose(operand, low, inside);
          w.put(sum.set(f32x4.max(sum.get, seen)));
        }
      } else if (instruction.op === "write") {
        const place = row.writes[instruction.to]!;
        const written = w.let(masked(value(instruction.a)));
        // What stands here is read before it is written over.
        code.slice(0, i).forEach((other, k) => {
          if (other.op === "read" && other.axis === axis && isSame(row.reads[other.from]!, place)) value(k);
        });
        w.put(v128.store(pointer(row.address(place)), written, place.offset + ahead));
      }
    }
  };
  const bodies = (): void => w.abreast(Array.from({ length: abreast }, (_, vector) => () => body(vector)));
  if (offset === undefined) bodies();
  else {
    w.repeat(
      () => {
        bodies();
        w.put(offset.set(i32.add(offset.get, i32.const(abreast * 16))));
      },
      () => i32.ne(offset.get, i32.const(vectors * 16)),
    );
  }
  for (const [i, sum] of sums) row.singles.set(i, across(w, sum.get, isLargest(i) ? f32x4.max : f32x4.add));
}

/** (l₀ + l₁) + (l₂ + l₃), in all lanes. */
function across(w: Scope, sum: Code, combine: (a: Code, b: Code) => Code): Code {
  const lane = (l: number): Code => f32x4.splat(f32x4.lane(sum, l));
  return w.let(combine(combine(lane(0), lane(1)), combine(lane(2), lane(3))));
}

/** The value of one instruction; `lanes` are the lanes' indices, `pointer` moves a row's address along it. */
function compute(
  w: Scope,
  row: Row,
  i: number,
  value: (i: number) => Code,
  lanes: Code,
  pointer: ((address: Code) => Code) | undefined,
  ahead = 0,
): Code {
  const instruction = row.code[i]!;
  switch (instruction.op) {
    case "read": {
      const place = row.reads[instruction.from]!;
      const address = row.address(place);
      return pointer === undefined || place.axis === "one"
        ? v128.loadSplat(address, place.offset)
        : v128.load(pointer(address), place.offset + ahead);
    }
    case "unary":
      return functions[instruction.function](w, value(instruction.a));
    case "binary":
      return BINARY[instruction.function](value(instruction.a), value(instruction.b));
    case "equal":
      return v128.and(f32x4.eq(value(instruction.a), value(instruction.b)), f32x4.const(1));
    case "lane":
      return f32x4.convert(lanes);
    case "noise":
      return laneNoise(w, row.noise.get(instruction.purpose)!, lanes);
    case "sum":
    case "largest":
    case "expand":
      // Of a single number: itself.
      return value(instruction.a);
    default:
      throw new Error(`${instruction.op} has no value`);
  }
}

const BINARY = {
  add: f32x4.add,
  subtract: f32x4.sub,
  multiply: f32x4.mul,
  divide: f32x4.div,
  min: f32x4.min,
  max: f32x4.max,
} as const;
