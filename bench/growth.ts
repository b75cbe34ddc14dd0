/**
 * One point of W7, in a process of its own, so that its most memory is its own: `growth.ts '{"T":64,…}'` trains a
 * character model of these sizes and prints what a token takes.
 */
import {
  createModel,
  crossEntropy,
  dense,
  embedding,
  generator,
  lstm,
  recurrent,
  type Sequences,
  sequential,
} from "cellstate";
import { peakMemory } from "./memory.ts";
import { CHARACTERS } from "./tasks.ts";
import { trainingOf } from "./training.ts";
import type { Growth, Sizes } from "./w7.ts";

const SECONDS = 1.5; // of training at least

const { T, H, B, V } = JSON.parse(process.argv[2]!) as Sizes;
const before = peakMemory();
const { embedding: size, learningRate } = CHARACTERS;
const architecture = sequential(embedding({ vocabulary: V, size }), recurrent(lstm, { units: H }), dense({ units: V }));
const model = await createModel(architecture, { seed: 1, threads: 1 });
const random = generator(1, "bench");
const ids = (): Sequences => ({ shape: [B, T], values: Uint32Array.from({ length: B * T }, () => random.integer(V)) });
const doer = trainingOf(model, { x: ids(), y: ids() }, { batch: B, learningRate, loss: crossEntropy() });
const first = await doer.run(1);
const times = Math.max(1, Math.min(2000, Math.ceil(SECONDS / first.wall)));
const time = await doer.run(times);
const growth: Growth = {
  wall: time.wall / times / (B * T),
  cpu: time.cpu / times / (B * T),
  memory: (peakMemory() - before) / (B * T),
};
console.log(JSON.stringify(growth));
