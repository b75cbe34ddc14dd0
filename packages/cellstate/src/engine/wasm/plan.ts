/**
 * What the emitters of one schedule share: where each name's numbers are found at run time, and what has
 * been emitted already. Addresses that a run decides lie in its frame, a little table in the space's memory;
 * strides and offsets are constants in the code.
 */
import type { At, Buffer, Schedule, Sizes } from "../../cell/operations.ts";
import { layoutParameters, layoutStorages, type ParameterPlace, type Storage, widthOf } from "../layout.ts";
import { STRICT } from "./arithmetic.ts";
import { type Code, i32, type Local, type Module, type Scope } from "./assembler.ts";
import { defineGradient, type GradientShape } from "./gradient.ts";
import { defineProduct, type ProductShape } from "./product.ts";
import { defineTurn } from "./turn.ts";

/** The frame's first words, in bytes; the storages' addresses follow. */
export const SLOTS = {
  parameters: 0,
  gradients: 4,
  panels: 8,
  scratch: 12,
  noiseLow: 16,
  noiseHigh: 20,
  /** The first row of the step that this thread computes. */
  slice: 24,
  packed: 28,
} as const;
const FIRST_STORAGE = 32;

/** Where a value's numbers are; all in bytes. */
export interface Place {
  readonly axis: string;
  /** The frame's word that holds the address of row 0. */
  readonly slot: number;
  /** The row of the call that the rows are counted from; `step`: its row within the step; `base`: row 0. */
  readonly from: "now" | "before" | "step" | "base";
  /** From one row to the next; 0 where there is only one. */
  readonly stride: number;
  /** From the start of a row. */
  readonly offset: number;
}

export interface Plan {
  readonly module: Module;
  readonly schedule: Schedule;
  readonly sizes: Sizes;
  readonly parameters: ReadonlyMap<string, ParameterPlace>;
  readonly parametersLength: number;
  readonly storages: ReadonlyMap<string, Storage>;
  readonly buffers: ReadonlyMap<string, Buffer>;
  /** Where a storage's address lies in the frame. */
  slotOf(storage: string): number;
  readonly frameLength: number;
  locate(at: At): Place;
  /** Kernels for equal shapes are emitted once; so is whatever else goes by a key. */
  once(key: string, define: () => number): number;
  product(shape: ProductShape): number;
  gradient(shape: GradientShape): number;
  turn(rows: number, columns: number): number;
  /** Asks for so many bytes of memory that lasts for one operation. */
  useScratch(bytes: number): void;
  readonly scratchBytes: number;
  /** The panels turned for products with their transposes: by name, where they lie and how they get there. */
  readonly turned: Map<string, { readonly offset: number; readonly pack: number }>;
  /** Takes so many bytes for a turned panel. */
  takePanels(bytes: number): number;
  readonly panelsBytes: number;
}

export function createPlan(module: Module, schedule: Schedule, sizes: Sizes, arithmetic = STRICT): Plan {
  const { places: parameters, length: parametersLength } = layoutParameters(schedule, sizes);
  const storages = layoutStorages(schedule, sizes);
  const buffers = new Map(schedule.buffers.map((buffer) => [buffer.name, buffer]));
  const names = [...storages.keys()];
  const slotOf = (storage: string): number => FIRST_STORAGE + 4 * names.indexOf(storage);
  const kernels = new Map<string, number>();
  const once = (key: string, define: () => number): number => {
    const index = kernels.get(key) ?? define();
    kernels.set(key, index);
    return index;
  };
  let scratchBytes = 0;
  let panelsBytes = 0;

  function locate(at: At): Place {
    const buffer = buffers.get(at.name);
    if (buffer === undefined) {
      const place = parameters.get(at.name);
      if (place === undefined) throw new Error(`${schedule.name}: nothing is called ${at.name}`);
      const { parameter, offset } = place;
      return { axis: parameter.rows, slot: SLOTS.parameters, from: "base", stride: 0, offset: offset * 4 };
    }
    const isOfStep = buffer.rows === "step" || buffer.rows === "carried";
    return {
      axis: buffer.axis,
      slot: slotOf(buffer.storage),
      from: buffer.rows === "always" ? "base" : isOfStep ? "step" : at.time === "before" ? "before" : "now",
      stride: buffer.rows === "always" ? 0 : storages.get(buffer.storage)!.stride * 4,
      offset: buffer.part * widthOf(sizes, buffer.axis) * 4,
    };
  }

  return {
    module,
    schedule,
    sizes,
    parameters,
    parametersLength,
    storages,
    buffers,
    slotOf,
    frameLength: FIRST_STORAGE / 4 + names.length,
    locate,
    once,
    product: (shape) =>
      once(`product ${JSON.stringify(shape)}`, () => defineProduct(module, shape, arithmetic.product)),
    gradient: (shape) =>
      once(`gradient ${JSON.stringify(shape)}`, () => defineGradient(module, shape, arithmetic.gradient)),
    turn: (rows, columns) => once(`turn ${rows} ${columns}`, () => defineTurn(module, rows, columns)),
    useScratch(bytes) {
      scratchBytes = Math.max(scratchBytes, bytes);
    },
    get scratchBytes() {
      return scratchBytes;
    },
    turned: new Map(),
    takePanels(bytes) {
      panelsBytes += bytes;
      return panelsBytes - bytes;
    },
    get panelsBytes() {
      return panelsBytes;
    },
  };
}

/** An operation's function: `operation(frame, now, before, count)`. */
export interface Call {
  readonly frame: Local;
  readonly now: Local;
  readonly before: Local;
  readonly count: Local;
}

export function defineOperation(plan: Plan, write: (w: Scope, call: Call) => void): number {
  return plan.module.define(4, (w) => {
    const [frame, now, before, count] = w.parameters;
    write(w, { frame: frame!, now: now!, before: before!, count: count! });
  });
}

/** The call of an operation whose results are dealt out: this thread's share, and how many there are. */
export interface ShareCall extends Call {
  readonly share: Local;
  readonly shares: Local;
}

/** An operation's function: `operation(frame, now, before, count, share, shares)`. */
export function defineShare(plan: Plan, write: (w: Scope, call: ShareCall) => void): number {
  return plan.module.define(6, (w) => {
    const [frame, now, before, count, share, shares] = w.parameters as readonly Local[];
    write(w, { frame: frame!, now: now!, before: before!, count: count!, share: share!, shares: shares! });
  });
}

/** The address in a word of the frame. */
export const addressIn = (call: Pick<Call, "frame">, slot: number): Code => i32.load(call.frame.get, slot);

/** The address of the call's first row of a value, without the offset in the row. */
export function rowAddress(call: Call, place: Place): Code {
  const base = addressIn(call, place.slot);
  if (place.from === "base") return base;
  const row = place.from === "step" ? addressIn(call, SLOTS.slice) : call[place.from].get;
  return i32.add(base, i32.mul(row, i32.const(place.stride)));
}
