/**
 * One sequence, one step at a time: the state is carried, nothing is allocated, the bits are those of `predict`.
 */
import type { Run } from "../engine/engine.ts";
import { ArgumentError, CellstateError, ShapeError } from "../errors.ts";
import type { Core } from "./core.ts";
import { isNumber } from "./feed.ts";
import { isCausal } from "./pieces.ts";
import type { EdgeId, Plan } from "./plan.ts";
import { startStates } from "./predict.ts";
import { packingOf } from "./rows.ts";
import { readStates, type States, statesOf, writeStates } from "./states.ts";

/** One step of the input: an id, or its values `[I]`. */
type Step = number | ArrayLike<number>;

/** One sequence under way: `model.stream()`. */
export interface Stream {
  /**
   * Takes one step.
   *
   * @param x - an id, or the step's values `[I]`; a record of them where there are several inputs
   * @param into - where to write the output, `[O]`; if omitted, an array of the stream's, which the next step overwrites
   * @param output - which head, where there are several; the first if omitted
   * @throws {ArgumentError | ShapeError} if x is not a step of this model; its state is then as before
   */
  step(x: Step | Readonly<Record<string, Step>>, into?: Float32Array, output?: string): Float32Array;
  /**
   * What the last layer read at the last step: the output of the layer below it, `[H]`. Before the first step, and
   * after `reset` or `setState`, it has read nothing of this sequence, and what stands there has no meaning.
   *
   * @param into - where to write it; if omitted, an array of the caller's
   * @throws {ArgumentError} if there is no layer below the last one
   */
  features(into?: Float32Array): Float32Array;
  /** The state after the last step, plain data: clone it, store it, put it back. */
  state(): Record<string, Float32Array>;
  /**
   * Goes on from a state that `state()` gave; states left out stay as they are.
   *
   * @param state - what `state()` gave, of this model or another with the same layers
   */
  setState(state: States): void;
  /** Back to the first values. */
  reset(): void;
  /** Gives its memory back. */
  close(): void;
}

export function openStream(core: Core, onClose: () => void): Stream {
  const { plan, space } = core;
  requireCausal(plan, "model.stream");
  const runner = core.newRunner({ batch: 1, rows: 1 }, { backward: false });
  const packing = packingOf(Uint32Array.of(1), 1);
  const places = statesOf(plan);
  startStates(core, runner, packing, undefined, "model.stream");
  const runs: Run[] = [];
  // The first run wires the stages; from then on only the runs themselves are called.
  runner.step(packing, true);
  for (const stage of plan.stages) {
    if (stage.kind === "program") runs.push(runner.run(stage));
  }
  const isPlain = plan.stages.every((s) => s.kind === "program");
  startStates(core, runner, packing, undefined, "model.stream");

  const isFloat32 = space.engine === "wasm";
  let isClosed = false;
  let memory = runner.memory();
  const fresh = (): typeof memory => {
    // Growing memory detaches its views; the float64 engine's old ones go on without it.
    if (!isFloat32 || memory.length === 0) memory = runner.memory();
    return memory;
  };
  const views = new Map<EdgeId, typeof memory>();
  /** A head's output in the engine's memory. */
  const viewOf = (edge: EdgeId): typeof memory => {
    const known = views.get(edge);
    if (isFloat32 && known !== undefined && known.length > 0) return known;
    const { size } = plan.edges[edge]!;
    const { address } = runner.value(edge);
    const view = fresh().subarray(address, address + size);
    views.set(edge, view);
    return view;
  };
  const outputs = new Map([...plan.outputs.values()].map((edge) => [edge, new Float32Array(plan.edges[edge]!.size)]));
  const only = plan.inputs.size === 1 ? plan.inputs.get("") : undefined;

  function put(edge: EdgeId, x: Step, argument: string): void {
    const { size, vocabulary } = plan.edges[edge]!;
    const { address } = runner.value(edge);
    const all = fresh();
    if (x === null || (typeof x !== "number" && typeof x !== "object")) refuse(x, vocabulary, size, argument);
    if (typeof x === "number") {
      const isId = vocabulary !== undefined && Number.isInteger(x) && x >= 0 && x < vocabulary;
      if (!isId && !(vocabulary === undefined && size === 1 && isNumber(x))) refuse(x, vocabulary, size, argument);
      all[address] = x;
      return;
    }
    if (vocabulary !== undefined || x.length !== size) refuse(x, vocabulary, size, argument);
    for (let i = 0; i < size; i++) {
      if (!isNumber(x[i])) refuse(x[i], vocabulary, size, `${argument}[${i}]`);
      all[address + i] = x[i]!;
    }
  }

  /** A closed stream's memory may be somebody else's by now. */
  function checkOpen(): void {
    if (isClosed) throw new CellstateError("closed", "The stream has been closed; open another: model.stream().");
  }

  const stream: Stream = {
    step(x, into, output) {
      checkOpen();
      // before anything moves on
      const edge = edgeOf(plan, output, "stream.step");
      if (into !== undefined) checkInto(into, plan.edges[edge]!.size);
      if (only !== undefined) put(only, x as Step, "x");
      else {
        const given = Object(x) as Record<string, Step>;
        for (const [name, input] of plan.inputs) put(input, given[name] as Step, `x.${name}`);
      }
      if (isPlain) for (let k = 0; k < runs.length; k++) runs[k]!.step(1, true);
      else runner.step(packing, true);
      const result = into ?? outputs.get(edge)!;
      result.set(viewOf(edge));
      return result;
    },
    features(into) {
      checkOpen();
      const edge = lastRead(plan);
      const { size } = plan.edges[edge]!;
      if (into !== undefined) checkInto(into, size, "features", "H");
      const result = into ?? new Float32Array(size);
      result.set(viewOf(edge));
      return result;
    },
    state() {
      checkOpen();
      return readStates(runner, places, packing.order);
    },
    setState(state) {
      checkOpen();
      writeStates(runner, places, packing.order, state, "stream.setState");
    },
    reset() {
      checkOpen();
      startStates(core, runner, packing, undefined, "stream.reset");
    },
    close() {
      if (isClosed) return;
      isClosed = true;
      runner.close();
      onClose();
    },
  };
  return stream;
}

/** @throws {ArgumentError} where a step needs what comes later */
export function requireCausal(plan: Plan, where: string): void {
  if (isCausal(plan)) return;
  throw new ArgumentError({
    where,
    argument: "architecture",
    given: "a layer that runs backward or waits for the last step",
    expected: "layers that run forward and give an output at every step",
    mend: 'predict whole sequences, or train with direction: "forward" and output: "every".',
  });
}

/** A head's edge by its name; the first if none is given. */
export function edgeOf({ outputs }: Plan, output: string | undefined, where: string): EdgeId {
  const edge = output === undefined ? outputs.values().next().value! : outputs.get(output);
  if (edge !== undefined) return edge;
  const heads = [...outputs.keys()].filter((name) => name !== "");
  const expected = heads.length > 0 ? `one of ${heads.join(", ")}` : "nothing: the model has one output";
  const mend = "name a head, or leave it out.";
  throw new ArgumentError({ where, argument: "output", given: output, expected, mend });
}

/** What the layer that gives the first output reads. */
function lastRead({ stages, edges, outputs }: Plan): EdgeId {
  const end = outputs.values().next().value!;
  const from = stages.find((stage) => stage.to === end)!.from;
  if (typeof from === "number" && edges[from]!.vocabulary === undefined) return from;
  const facts = { argument: "architecture", given: "a single layer", expected: "a last layer above another" };
  throw new ArgumentError({ where: "stream.features", ...facts, mend: "put a recurrent layer below the last one." });
}

function checkInto(into: Float32Array, size: number, call = "step", axis = "O"): void {
  if (into.length === size) return;
  const facts = { given: [into.length], expected: [`${axis}=${size}`], mend: "give an array as long as the result." };
  throw new ShapeError({ where: `stream.${call}`, argument: "into", ...facts });
}

function refuse(given: unknown, vocabulary: number | undefined, size: number, argument: string): never {
  const where = "stream.step";
  if (vocabulary !== undefined) {
    const expected = `an id, a whole number from 0 to ${vocabulary - 1}`;
    throw new ArgumentError({ where, argument, given, expected, mend: "the model knows no other ids." });
  }
  if (typeof given === "object" && given !== null && "length" in given) {
    const mend = "one step is one array of values.";
    throw new ShapeError({
      where,
      argument,
      given: [(given as ArrayLike<number>).length],
      expected: [`I=${size}`],
      mend,
    });
  }
  throw new ArgumentError({
    where,
    argument,
    given,
    expected: size === 1 ? "a finite number" : `${size} finite numbers`,
    mend: "fill in what is missing.",
  });
}
