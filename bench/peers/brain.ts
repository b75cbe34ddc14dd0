/**
 * brain.js: one sequence at a time, RMSProp, weights of its own, and a cell that it calls LSTM but that carries no
 * cell state. So its losses cannot be compared; only how fast it trains nets of the same size. Its stand-alone file is
 * taken, as the package's entry wants native graphics libraries.
 */
import { CannotError, type Open, timedSync } from "../doer.ts";
import { CHARACTERS, FORECAST, VARIETY } from "../tasks.ts";
import { load } from "./load.ts";

interface Net {
  train(data: readonly unknown[], options: { iterations: number; errorThresh: number }): { error: number };
}
interface Brain {
  readonly recurrent: Record<"LSTM" | "LSTMTimeStep", new (options: Record<string, unknown>) => Net>;
}

const ONCE = { iterations: 1, errorThresh: 0 };

const open: Open = async (task, given, threads) => {
  if (threads > 1) throw new CannotError("no threads");
  if (task.kind === "step") throw new CannotError("no streams: every run starts at the first step");
  if (task.kind === "forward") throw new CannotError("gives no outputs of a layer");
  const { recurrent } = (await load<{ default: Brain }>("brain.js/dist/browser.js")).default;
  const [x, y] = [given["x"]!, given["y"]!];
  const rows = (batch: number, from: (row: number) => number[]): number[][][] =>
    Array.from({ length: VARIETY.batches }, (_, n) => Array.from({ length: batch }, (_, b) => from(n * batch + b)));
  if (task.kind === "characters") {
    const { batch, steps, vocabulary } = CHARACTERS;
    const sizes = { inputSize: vocabulary, inputRange: vocabulary, outputSize: vocabulary };
    const hiddenLayers = Array.from({ length: task.layers }, () => task.units);
    const net = new recurrent.LSTM({ ...sizes, hiddenLayers, dataFormatter: null });
    const batches = rows(batch, (row) => [...x.values.subarray(row * steps, (row + 1) * steps)]);
    const update = (n: number): void => void net.train(batches[n % batches.length]!, ONCE);
    return { check: async () => [], run: timedSync(update), close() {} };
  }
  const net = new recurrent.LSTMTimeStep({ inputSize: 1, hiddenLayers: [task.units], outputSize: 1 });
  const { batch, steps } = FORECAST;
  const batches = rows(batch, (row) => [...x.values.subarray(row * steps, (row + 1) * steps), y.values[row]!]);
  const update = (n: number): void => void net.train(batches[n % batches.length]!, ONCE);
  return { check: async () => [], run: timedSync(update), close() {} };
};

export const openers: Readonly<Record<string, Open>> = { brain: open };
