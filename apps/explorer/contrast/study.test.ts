/** Studies of tiny tasks: what they report on the way, why they end, and that their numbers are the library's. */
import {
  type Cell,
  cell,
  createModel,
  crossEntropy,
  dense,
  lstm,
  meanSquaredError,
  modelFrom,
  recurrent,
  sequential,
  simpleRnn,
} from "cellstate";
import { adding, copy, embeddedReber, type Task, temporalOrder } from "cellstate/tasks";
import { describe, expect, test } from "vitest";
import { gradientBeforeAnswer } from "./gradients.ts";
import { gapsToJudge, judged, type StudyOptions, type StudyProgress, study } from "./study.ts";

const tiny: StudyOptions = {
  ...{ task: adding({ length: 6 }), cell: lstm, units: 8, learningRate: 1e-2, seed: 1, batch: 16, budget: 1600 },
  ...{ evaluations: 5, threads: 1 },
};

describe("a study", () => {
  test("is the same from the same seed, and another from another", async () => {
    const first = await study(tiny);
    expect(await study(tiny)).toEqual(first);
    expect((await study({ ...tiny, seed: 2 })).curve).not.toEqual(first.curve);
  });

  test("judges so often, spends its budget, and says how far it is", async () => {
    const events: StudyProgress[] = [];
    const { stopped, sequences, curve } = await study({ ...tiny, onProgress: (event) => events.push(event) });
    expect({ stopped, sequences }).toEqual({ stopped: "budget", sequences: 1600 });
    expect(curve.sequences).toEqual([320, 640, 960, 1280, 1600]);
    const scored = events.filter(({ score }) => score !== undefined);
    expect(scored.map((event) => [event.sequences, event.score])).toEqual(
      curve.sequences.map((n, k) => [n, curve.score[k]]),
    );
    for (const { budget, loss, stepsPerSecond } of scored) {
      expect(budget).toBe(1600);
      expect(loss).toBeGreaterThan(0);
      expect(stepsPerSecond).toBeGreaterThan(100);
    }
  });

  test("learns: an LSTM's error at the end is well below that of always answering the mean, and it then stops", async () => {
    const result = await study({ ...tiny, units: 16, budget: 20_000, evaluations: 10, target: 0.03 });
    expect(result.stopped).toBe("solved");
    expect(result.sequences).toBeLessThan(20_000);
    expect(result.curve.score.at(-1)).toBeLessThanOrEqual(0.03);
    expect(result.curve.score.slice(0, -1).every((score) => score > 0.03)).toBe(true);
    expect(result.score).toBeLessThan(0.04);
  });

  test("needs so many scores in a row that meet the target", async () => {
    const easy = await study({ ...tiny, target: 10, times: 3 });
    expect(easy).toMatchObject({ stopped: "solved", sequences: 960 });
  });

  test("ends with the best weights of its curve, as a model that opens and answers the same", async () => {
    // a rate that throws the weights about, so that the last are not the best
    const result = await study({ ...tiny, learningRate: 0.3, budget: 3200, evaluations: 10 });
    const { score: scores } = result.curve;
    expect(Math.min(...scores)).toBeLessThan(scores.at(-1)!);
    const model = await modelFrom(result.model);
    expect((await tiny.task.judge(model, tiny.task.draw(judged.curve))).score).toBe(Math.min(...scores));
    const test = tiny.task.draw(judged.score, { purpose: "test" });
    expect((await tiny.task.judge(model, test)).score).toBe(result.score);
    expect(model.facts).toMatchObject({ task: { name: "adding", options: { length: 6 } } });
    expect(result.parameters).toBe(model.parameterCount);
    model.close();
  });

  test("is stopped by its signal, and still measured", async () => {
    const stop = new AbortController();
    const onProgress = ({ score }: StudyProgress) => score !== undefined && stop.abort();
    const result = await study({ ...tiny, onProgress, signal: stop.signal });
    expect(result.stopped).toBe("signal");
    expect(result.sequences).toBe(320);
    expect(result.byGap.score.every(Number.isFinite)).toBe(true);
  });

  test("says so if the numbers run away, and keeps what was learned before", async () => {
    const wild: Cell = cell("Wild", "h = exp(W_h @ x + R_h @ h[t-1] + b_h)\nb_h ~ -1");
    const result = await study({ ...tiny, cell: wild, learningRate: 30, evaluations: 20 });
    expect(result.stopped).toBe("diverged");
    expect(result.sequences).toBeLessThan(1600);
    expect(result.curve.score.length).toBeGreaterThan(0);
    expect([...result.curve.score, result.score, ...result.gradient.trained].every(Number.isFinite)).toBe(true);
  });

  test("takes start values, and sizes of axes that the cell names", async () => {
    const projected = cell("Projected", "p : projection = P_p @ h[t-1]\nh = tanh(W_h @ x + R_h @ p)");
    const result = await study({ ...tiny, cell: projected, sizes: { projection: 3 }, start: { R: "orthogonal" } });
    const model = await modelFrom(result.model);
    expect(model.parameters().map(({ name, shape }) => [name.split(".").at(-1), [...shape]])).toContainEqual([
      "R_h",
      [8, 3],
    ]);
    model.close();
  });
});

describe("the scores by gap", () => {
  test("are of gaps over the trained range and a little outside, which is marked", async () => {
    const { byGap } = await study({ ...tiny, task: adding({ length: 20 }), budget: 160 });
    expect(byGap.gap).toEqual([5, 8, 10, 11, 13, 14, 15, 16, 18, 19, 21, 24, 29]);
    expect(byGap.isTrained).toEqual(byGap.gap.map((gap) => gap >= 10 && gap <= 19));
    expect(byGap.score).toHaveLength(byGap.gap.length);
  });

  test.each([adding(), temporalOrder(), embeddedReber({ strings: 4 }), copy()])("can all be had of $name", (task) => {
    const gaps = gapsToJudge(task);
    for (const gap of gaps) expect(task.draw(2, { gap }).gaps[0]).toBe(gap);
    expect(gaps).toEqual([...new Set(gaps)].sort((a, b) => a - b));
    expect(gaps.some((gap) => gap > task.gaps.to)).toBe(true);
  });
});

describe("the gradient by distance", () => {
  const modelFor = (task: Task, of: Cell) => {
    const layers = [recurrent(of, { units: 5, output: task.output }), dense({ units: task.outputs.length })] as const;
    return createModel(sequential(...layers), { seed: 4, input: task.inputs.length, threads: 1 });
  };

  test.each([
    { task: adding({ length: 8 }), of: simpleRnn },
    { task: temporalOrder({ length: 12 }), of: lstm },
    { task: embeddedReber({ strings: 2 }), of: lstm },
    { task: copy({ length: 2, symbols: 3, blanks: 4 }), of: simpleRnn },
  ])("of $task.name is the mean of each sequence's own, one by one", async ({ task, of }) => {
    const model = await modelFor(task, of);
    const examples = task.draw(12, { seed: 5 });
    const [, steps = 0, size = 0] = examples.x.shape;
    const found = await gradientBeforeAnswer(model, task, examples);
    const norms: number[][] = [];
    for (let b = 0; b < 12; b++) {
      const at = examples.answerAt[b]!;
      const x = {
        values: examples.x.values.slice(b * steps * size, (b * steps + at + 1) * size),
        shape: [1, at + 1, size],
      };
      const isEvery = task.output === "every";
      const target = examples.targets.values[isEvery ? b * steps + at : b]!;
      const targets = isEvery
        ? { values: Uint32Array.from({ length: at + 1 }, (_, t) => (t === at ? target : 0)), shape: [1, at + 1] }
        : { values: [target], shape: task.targets === "ids" ? [1] : [1, 1] };
      const last = Float32Array.from({ length: at + 1 }, (_, t) => Number(t === at));
      const loss = task.targets === "ids" ? crossEntropy() : meanSquaredError();
      const { inputs } = await model.gradients(x as never, targets, loss, isEvery ? { weights: last } : {});
      norms.push(
        Array.from({ length: at + 1 }, (_, d) =>
          Math.hypot(...inputs!.values.slice((at - d) * size, (at - d + 1) * size)),
        ),
      );
    }
    const reached = (d: number) => norms.filter((own) => own.length > d).map((own) => own[d]!);
    const count = found.length;
    expect(reached(count - 1).length).toBeGreaterThanOrEqual(1.2);
    expect(reached(count).length).toBeLessThan(1.2);
    for (let d = 0; d < count; d++) {
      const mean = reached(d).reduce((sum, norm) => sum + norm, 0) / reached(d).length;
      // float32 gradients of a mean over 12 rows against those of one row
      expect(Math.abs(found[d]! / mean - 1), `distance ${d}`).toBeLessThan(1e-4);
    }
    model.close();
  });
});
