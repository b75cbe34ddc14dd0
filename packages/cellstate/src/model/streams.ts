/**
 * Many sequences under way over one set of weights: `model.streams(10_000)`. Those that are due at the same time go
 * through the layers as one batch, so that weights are read once for all of them; each gets the bits that a stream of
 * its own would give it. States lie in the engine's memory, one row for each stream, and are moved in and out.
 */
import type { Parts, Region } from "../engine/engine.ts";
import { padded } from "../engine/layout.ts";
import { ArgumentError, CellstateError, ShapeError } from "../errors.ts";
import type { Core } from "./core.ts";
import { checkNumbers } from "./feed.ts";
import { inMemory } from "./memory.ts";
import type { EdgeId, Plan } from "./plan.ts";
import { startStates } from "./predict.ts";
import { type Matrix, moveRows, type Packing, packingOf } from "./rows.ts";
import { firstRows, matchStates, type StatePlace, type States, statesOf, stepRows } from "./states.ts";
import { edgeOf, requireCausal } from "./stream.ts";

/** Ids, one for each stream that is due, or values `[n, I]`, row-major. */
export type Steps = ArrayLike<number>;

/** Sequences under way together: `model.streams(count)`. Streams are numbered from 0. */
export interface Streams {
  /** How many there are. */
  readonly count: number;
  /**
   * Takes one step of every stream that is due, as one batch.
   *
   * @param due - the streams' numbers, each at most once, in any order
   * @param x - an id for each of them, or their values `[n, I]`; a record of them where there are several inputs
   * @param options.output - which head, where there are several; the first if omitted
   * @returns the outputs in the order of `due`, `[n, O]`, row-major; the same bits as `stream.step` gives
   * @throws {ArgumentError | ShapeError} if a stream is not there or named twice, or x are no steps of this model; then
   *   no stream has moved on
   */
  step(
    due: ArrayLike<number>,
    x: Steps | Readonly<Record<string, Steps>>,
    options?: { readonly output?: string },
  ): Promise<Float32Array>;
  /**
   * A stream's state after its last step, plain data.
   *
   * @param stream - its number
   */
  state(stream: number): Record<string, Float32Array>;
  /**
   * Puts a state in place, also one of `model.stream().state()`; states left out stay as they are. At once, also where
   * a
   * step still waits for its turn.
   *
   * @param stream - its number
   * @param state - what `state` gave
   */
  setState(stream: number, state: States): void;
  /**
   * Back to the first values: a new sequence in an old one's place. At once, as `setState`.
   *
   * @param stream - its number
   */
  reset(stream: number): void;
  /** Gives their memory back. */
  close(): void;
}

/**
 * Rows of one batch: about so many multiplications by a weight that others need not wait long, four times as many where
 * threads share them and would fall asleep between short ones, and never so few that weights are read for hardly anybody.
 */
const WORK = 5e7;
const rowsOfBatch = (weights: number, threads: number): number =>
  Math.min(Math.max(Math.ceil((WORK * (threads > 1 ? 4 : 1)) / weights), 64), 1024);

const MOST = 1 << 24;

export function openStreams(core: Core, count: number, onClose: () => void): Streams {
  const { plan, space } = core;
  const where = "model.streams";
  if (!(Number.isInteger(count) && count > 0 && count <= MOST)) {
    const mend = "it is how many sequences may be under way.";
    const expected = `a whole number from 1 to ${MOST}`;
    throw new ArgumentError({ where, argument: "count", given: count, expected, mend });
  }
  requireCausal(plan, where);
  const group = Math.min(count, rowsOfBatch(core.parameters.region.length, space.threads));
  const owned: Region[] = [];
  const runner = core.newRunner({ batch: group, rows: group }, { backward: false });
  const giveBack = (): void => {
    runner.close();
    for (const region of owned) space.free(region);
  };
  const take = (place: StatePlace): { place: StatePlace; rows: Matrix } => {
    const stride = padded(place.size);
    const region = space.allocate(stride * count);
    owned.push(region);
    return { place, rows: { address: region.address, stride } };
  };
  let states: readonly ReturnType<typeof take>[];
  try {
    states = inMemory(() => statesOf(plan).map(take), "open fewer streams.");
  } catch (error) {
    giveBack(); // without room for all, none is kept
    throw error;
  }
  let lastPacking: Packing | undefined;
  /** One step of so many; most often it is as many as last time. */
  function oneStep(rows: number): Packing {
    if (lastPacking?.total !== rows) lastPacking = packingOf(new Uint32Array(rows).fill(1), 1);
    return lastPacking;
  }
  space.join();
  let isClosed = false;
  for (let stream = 0; stream < count; stream += group) {
    const rows = Math.min(group, count - stream);
    startStates(core, runner, oneStep(rows), undefined, where);
    move(
      Int32Array.from({ length: rows }, (_, k) => stream + k),
      "back",
    );
  }

  /** States into the runner's first rows, or back from there, or from the rows of the step that has just been made. */
  function move(index: Int32Array, way: "in" | "back" | "out"): void {
    const memory = runner.memory();
    for (const { place, rows } of states) {
      const first: Matrix = way === "out" ? stepRows(runner, place) : firstRows(runner, place);
      const [from, into] = way === "in" ? [rows, first] : [first, rows];
      const width = first.stride === rows.stride ? rows.stride : place.size;
      moveRows(memory, { from, into, width, count: index.length, index, scatter: way !== "in" });
    }
  }

  /** The steps of some of the streams that are due into the runner's input rows. */
  function put(inputs: readonly StepInput[], from: number, count: number): void {
    const memory = runner.memory();
    for (const { edge, values, width } of inputs) {
      const { address, stride } = runner.value(edge);
      if (stride === width) memory.set(values.subarray(from * width, (from + count) * width), address);
      else {
        for (let k = 0; k < count; k++) {
          for (let i = 0; i < width; i++) memory[address + k * stride + i] = values[(from + k) * width + i]!;
        }
      }
    }
  }

  /** An output's rows behind those that are there. */
  function read({ address, stride }: Matrix, outputs: Float32Array, from: number, count: number, size: number): void {
    const memory = runner.memory();
    if (stride === size) outputs.set(memory.subarray(address, address + count * size), from * size);
    else {
      for (let k = 0; k < count; k++) {
        for (let i = 0; i < size; i++) outputs[(from + k) * size + i] = memory[address + k * stride + i]!;
      }
    }
  }

  function* stepDue(due: Int32Array, inputs: readonly StepInput[], edge: EdgeId): Parts<Float32Array> {
    const { size } = plan.edges[edge]!;
    const outputs = new Float32Array(due.length * size);
    for (let from = 0; from < due.length; from += group) {
      checkOpen();
      const index = due.subarray(from, Math.min(from + group, due.length));
      const packing = oneStep(index.length);
      move(index, "in");
      put(inputs, from, index.length);
      runner.step(packing, false);
      move(index, "out");
      read(runner.value(edge), outputs, from, index.length, size);
      yield;
    }
    return outputs;
  }

  function checkOpen(): void {
    if (isClosed)
      throw new CellstateError("closed", "The streams have been closed; open others: model.streams(count).");
    core.performer.checkOpen();
  }
  function checkStream(stream: number, call: string, argument = "stream"): void {
    if (Number.isInteger(stream) && stream >= 0 && stream < count) return;
    const expected = `a stream's number, from 0 to ${count - 1}`;
    throw new ArgumentError({ where: `streams.${call}`, argument, given: stream, expected, mend: "count from 0." });
  }

  return {
    count,
    async step(due, x, { output } = {}) {
      checkOpen();
      const edge = edgeOf(plan, output, "streams.step");
      if (!Number.isInteger(due?.length)) {
        const mend = "for one stream: streams.step([3], x).";
        const expected = "an array of streams' numbers";
        throw new ArgumentError({ where: "streams.step", argument: "due", given: due, expected, mend });
      }
      const streams = Int32Array.from(due);
      const seen = new Set<number>();
      for (let k = 0; k < streams.length; k++) {
        checkStream(due[k]!, "step", `due[${k}]`);
        if (seen.has(streams[k]!)) {
          const mend = "give its next step in the next call.";
          const expected = "every stream at most once";
          throw new ArgumentError({ where: "streams.step", argument: `due[${k}]`, given: due[k], expected, mend });
        }
        seen.add(streams[k]!);
      }
      if (streams.length === 0) return new Float32Array(0);
      const inputs = inputsOf(plan, x, streams.length);
      return core.performer.perform(() => stepDue(streams, inputs, edge), { lingering: true });
    },
    state(stream) {
      checkOpen();
      checkStream(stream, "state");
      const memory = runner.memory();
      return Object.fromEntries(
        states.map(({ place, rows: { address, stride } }) => {
          const at = address + stream * stride;
          return [place.key, Float32Array.from(memory.subarray(at, at + place.size))];
        }),
      );
    },
    setState(stream, state) {
      checkOpen();
      checkStream(stream, "setState");
      const places = states.map(({ place }) => place);
      const memory = runner.memory();
      for (const { place, values } of matchStates(places, 1, state, "streams.setState")) {
        const { address, stride } = states.find((one) => one.place === place)!.rows;
        memory.set(values, address + stream * stride);
      }
    },
    reset(stream) {
      checkOpen();
      checkStream(stream, "reset");
      startStates(core, runner, oneStep(1), undefined, "streams.reset");
      move(Int32Array.of(stream), "back");
    },
    close() {
      if (isClosed) return;
      isClosed = true;
      giveBack();
      void space.leave();
      onClose();
    },
  };
}

/** One step of each stream that is due, as it was when the call was made. */
interface StepInput {
  readonly edge: EdgeId;
  readonly values: Float64Array;
  /** Numbers of one step. */
  readonly width: number;
}

/** @throws {ShapeError | ArgumentError} if they are no steps of this model */
function inputsOf(plan: Plan, x: Steps | Readonly<Record<string, Steps>>, n: number): StepInput[] {
  const where = "streams.step";
  const isOnly = plan.inputs.size === 1 && plan.inputs.has("");
  const lengths = new Uint32Array(n).fill(1);
  return [...plan.inputs].map(([name, edge]) => {
    const argument = isOnly ? "x" : `x.${name}`;
    const given = isOnly ? (x as Steps) : (Object(x) as Readonly<Record<string, Steps>>)[name];
    const { size, vocabulary } = plan.edges[edge]!;
    const width = vocabulary === undefined ? size : 1;
    if (given?.length !== n * width) {
      const expected = vocabulary === undefined ? [`n=${n}`, `I=${size}`] : [`n=${n}`];
      const mend = "one step for each stream that is due, row-major.";
      throw new ShapeError({ where, argument, given: [given?.length], expected, mend });
    }
    const values = new Float64Array(given);
    checkNumbers({ values, shape: [n, 1, width] }, lengths, vocabulary, where, argument);
    return { edge, values, width };
  });
}
