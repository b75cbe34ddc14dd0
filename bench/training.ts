/**
 * A character model in training, as W3 and W6 measure it: symbol ids, an embedding, one layer of a cell, a softmax
 * over 65 symbols at every step, Adam, B = 32, T = 64, states carried.
 */
import {
  adam,
  type Cell,
  createModel,
  crossEntropy,
  dense,
  embedding,
  generator,
  recurrent,
  type Schedule,
  schedule,
  sequential,
  train,
  windows,
} from "cellstate";
import { lookUpOf } from "../packages/cellstate/src/cell/lookUp.ts";
import { scheduleFigures } from "../packages/cellstate/src/cell/print/figures.ts";
import { clock } from "./measure.ts";

export const VOCABULARY = 65;
export const EMBEDDING = 64;
const BATCH = 32;
const LENGTH = 64;
const UNMEASURED = 2; // updates at the start of each training, which plan its memory

export interface Trainee {
  /** Characters a second over the given number of updates. */
  readonly rate: (updates: number) => Promise<number>;
  /** What the layers compute for a character, forward and backward, all products; an entry's are shared by its rows. */
  readonly flops: number;
  readonly close: () => void;
}

export async function openTrainee(
  cell: Cell,
  sizes: { readonly units: number; readonly heads?: number },
): Promise<Trainee> {
  const { units } = sizes;
  const layer = recurrent(cell as Cell<string>, sizes);
  const model = await createModel(
    sequential(embedding({ vocabulary: VOCABULARY, size: EMBEDDING }), layer, dense({ units: VOCABULARY })),
    { seed: 1 },
  );
  const random = generator(1, "bench");
  const ids = Uint32Array.from({ length: BATCH * LENGTH * 50 + 1 }, () => random.integer(VOCABULARY));
  const data = windows(ids, { length: LENGTH, batch: BATCH, carryState: true });
  const whole = schedule(cell);
  const products = (of: Schedule): number => {
    const { forward, backward } = scheduleFigures(of, { ...sizes, input: EMBEDDING }).productFlops;
    return forward + backward;
  };
  const lookUp = lookUpOf(whole);
  const saved = lookUp === undefined ? 0 : products(lookUp.entries) * (1 - VOCABULARY / (BATCH * LENGTH));
  return {
    async rate(updates) {
      const times: number[] = [];
      await train(model, data, {
        loss: crossEntropy(),
        optimizer: adam({ learningRate: 1e-3 }),
        clipNorm: 1,
        steps: updates + UNMEASURED,
        onProgress: () => void times.push(clock.now()),
      });
      return (updates * BATCH * LENGTH) / (times.at(-1)! - times[UNMEASURED - 1]!);
    },
    flops: products(whole) - saved + 6 * units * VOCABULARY,
    close: model.close,
  };
}
