/** This library at the tasks of W1, W2 and W4, through its public interface; W3 is in training.ts. */
import {
  createModel,
  dense,
  lstm,
  type Model,
  meanSquaredError,
  recurrent,
  type Sequences,
  sequential,
} from "cellstate";
import { type Doer, meanSquare, type Open, timed, timedSync } from "./doer.ts";
import { type Given, parametersIn } from "./given.ts";
import { FORECAST, type Task } from "./tasks.ts";
import { openCharacters, trainingOf } from "./training.ts";

export const openOurs: Open = (task, given, threads) => {
  if (task.kind === "step") return openStep(task, given, threads);
  if (task.kind === "forward") return openForward(task, given, threads);
  if (task.kind === "forecast") return openForecast(task, given, threads);
  return openCharacters(lstm, { units: task.units, layers: task.layers, threads, given });
};

/** For `child.ts`. */
export const openers: Readonly<Record<string, Open>> = { cellstate: openOurs };

async function layerOf({ units }: Task, given: Given, threads: number): Promise<Model> {
  const architecture = sequential(recurrent(lstm, { units }));
  const model = await createModel(architecture, { seed: 1, input: units, threads });
  model.setParameters(parametersIn(given));
  return model;
}

async function openStep(task: Task, given: Given, threads: number): Promise<Doer> {
  const model = await layerOf(task, given, threads);
  const stream = model.stream();
  const { shape, values } = given["x"]!;
  const [count, size] = shape as [number, number];
  const inputs = Array.from({ length: count }, (_, n) => values.slice(n * size, (n + 1) * size));
  return {
    async check() {
      stream.reset();
      let last = new Float32Array();
      for (const input of inputs) last = stream.step(input) as Float32Array<ArrayBuffer>;
      return [meanSquare(last)];
    },
    run: timedSync((n) => stream.step(inputs[n % count]!)),
    close: model.close,
  };
}

async function openForward(task: Task, given: Given, threads: number): Promise<Doer> {
  const model = await layerOf(task, given, threads);
  const x = sequencesOf(given["x"]!);
  return {
    check: async () => [meanSquare((await model.predict(x)).values)],
    run: timed(() => model.predict(x)),
    close: model.close,
  };
}

async function openForecast({ units }: Task, given: Given, threads: number): Promise<Doer> {
  const architecture = sequential(recurrent(lstm, { units, output: "last" }), dense({ units: 1 }));
  const model = await createModel(architecture, { seed: 1, input: 1, threads });
  const data = { x: sequencesOf(given["x"]!), y: sequencesOf(given["y"]!) };
  return trainingOf(model, data, { ...FORECAST, loss: meanSquaredError(), start: parametersIn(given) });
}

const sequencesOf = ({ shape, values }: Given[string]): Sequences => ({ shape: [...shape], values });
