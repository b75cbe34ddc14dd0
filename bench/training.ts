/**
 * Training as W3, W4 and W6 measure it: Adam through `train`, batches in a fixed order, states from zero. And the
 * character model of W3 and W6, around any cell.
 */
import {
  adam,
  batches,
  type Cell,
  createModel,
  crossEntropy,
  dense,
  embedding,
  type Loss,
  type Model,
  recurrent,
  type Schedule,
  type Sequences,
  schedule,
  scheduleFigures,
  sequential,
  train,
} from "cellstate";
import { lookUpOf } from "../packages/cellstate/src/cell/lookUp.ts";
import { type Doer, stopwatch, type Time } from "./doer.ts";
import { type Given, makeGiven, parametersIn } from "./given.ts";
import { CHARACTERS } from "./tasks.ts";

const UNMEASURED = 2; // updates at the start of each training, which plan its memory
const CHECKED = 3; // losses

export interface TrainingOptions {
  readonly batch: number;
  readonly learningRate: number;
  readonly loss: Loss;
  /** Parameters to start from; the model's own if omitted. */
  readonly start?: Readonly<Record<string, Float32Array>>;
}

/** Updates of a model; a run's time is that of its updates, without what `train` does before the first ones. */
export function trainingOf(
  model: Model,
  { x, y }: { readonly x: Sequences; readonly y: Sequences },
  { batch, learningRate, loss, start }: TrainingOptions,
): Doer {
  const data = batches(x, y, { batch, shuffle: false });
  const update = (steps: number, onProgress: (progress: { loss: number; step: number }) => void): Promise<unknown> =>
    train(model, data, { loss, optimizer: adam({ learningRate }), steps, onProgress });
  return {
    async check() {
      if (start) model.setParameters(start);
      const losses: number[] = [];
      await update(CHECKED, ({ loss }) => losses.push(loss));
      return losses;
    },
    async run(times) {
      let time = stopwatch();
      let end: Time = { wall: 0, cpu: 0 };
      await update(times + UNMEASURED, ({ step }) => {
        if (step === UNMEASURED) time = stopwatch();
        else if (step === times + UNMEASURED) end = time();
      });
      return end;
    },
    close: model.close,
  };
}

export interface CharactersOptions {
  readonly units: number;
  readonly heads?: number;
  readonly layers?: number;
  readonly threads?: number;
  readonly given?: Given;
}

/** The character model of W3 around any cell; weights as given where it is the LSTM, its own otherwise. */
export async function openCharacters(
  cell: Cell,
  { units, heads, layers = 1, threads = 1, given }: CharactersOptions,
): Promise<Doer> {
  const { vocabulary, embedding: size } = CHARACTERS;
  const layer = recurrent(cell as Cell<string>, { units, layers, ...(heads && { heads }) });
  const model = await createModel(sequential(embedding({ vocabulary, size }), layer, dense({ units: vocabulary })), {
    seed: 1,
    threads,
  });
  const { x, y } = given ?? makeGiven({ kind: "characters", units: 1, layers: 1 });
  const idsOf = ({ shape, values }: Given[string]): Sequences => ({
    shape: [...shape],
    values: Uint32Array.from(values),
  });
  const start = given && { start: parametersIn(given) };
  return trainingOf(model, { x: idsOf(x!), y: idsOf(y!) }, { ...CHARACTERS, loss: crossEntropy(), ...start });
}

/** What its layers compute for a character, forward and backward, all products; an entry's are shared by its rows. */
export function flopsPerCharacter(cell: Cell, sizes: { readonly units: number; readonly heads?: number }): number {
  const { vocabulary, embedding: input } = CHARACTERS;
  const products = (of: Schedule): number => {
    const { forward, backward } = scheduleFigures(of, { ...sizes, input }).productFlops;
    return forward + backward;
  };
  const whole = schedule(cell);
  const lookUp = lookUpOf(whole);
  const saved =
    lookUp === undefined ? 0 : products(lookUp.entries) * (1 - vocabulary / (CHARACTERS.batch * CHARACTERS.steps));
  return products(whole) - saved + 6 * sizes.units * vocabulary;
}
