/**
 * What is drawn while a model is trained: at the rate that was asked for, independently of everything, the same on
 * every engine and any number of threads; and nothing of it anywhere else.
 */
import { describe, expect, test } from "vitest";
import { cell } from "../cell/cell.ts";
import { gru, lstm } from "../cells/index.ts";
import { generator } from "../data/random.ts";
import { windows } from "../data/windows.ts";
import { atOnce, type EngineName } from "../engine/engine.ts";
import { type Architecture, dense, dropout, embedding, recurrent, sequential } from "../layers/layers.ts";
import { modelFrom } from "../model/bytes.ts";
import { packingFor } from "../model/feed.ts";
import { createModel, internalsOf, type Model } from "../model/model.ts";
import type { ProgramStage } from "../model/plan.ts";
import { trainingCore } from "../model/training.ts";
import { crossEntropy } from "./losses.ts";
import { adam, sgd } from "./optimizers.ts";
import { train } from "./train.ts";

/** One forward run as a training's; values by stage and name: `[sequence][step][unit]`. */
async function drawn(model: Model, lengths: readonly number[], { seed = 1, step = 0, input = 1 } = {}) {
  const core = await trainingCore(internalsOf(model).core());
  const [batch, steps] = [lengths.length, Math.max(...lengths)];
  const x = { values: new Float32Array(batch * steps * input).fill(0.5), shape: [batch, steps, input], lengths };
  const packing = packingFor(core.plan, x, "test");
  const runner = core.newRunner({ batch, rows: packing.total }, { backward: false });
  atOnce(runner.forward(packing, { seed, step }));
  const stages = core.plan.stages.filter((s): s is ProgramStage => s.kind === "program");
  const read = (path: string, name: string): number[][][] => {
    const stage = stages.find((s) => s.path === path)!;
    const { region, offset, stride } = runner.run(stage).where(name);
    const { axis } = stage.schedule.buffers.find((b) => b.name === name)!;
    const found: number[][][] = lengths.map(() => []);
    packing.starts.forEach((start, t) => {
      for (let place = 0; place < packing.rows.active[t]!; place++) {
        const at = region.address + offset + (start + place) * stride;
        found[packing.order[place]!]![t] = [...runner.memory().slice(at, at + stage.sizes[axis]!)];
      }
    });
    return found;
  };
  const parameters = (path: string) => {
    const { region } = runner.run(stages.find((s) => s.path === path)!).where("parameters");
    return [...core.space.floats(region)];
  };
  const close = (): void => {
    runner.close();
    core.close();
  };
  return { read, parameters, close };
}

const zoned = (layers = 1) => sequential(recurrent(gru, { units: 40, layers, zoneout: 0.3, recurrentDropout: 0.2 }));
const RAGGED = [9, 30, 17, 30, 2, 24];

/** Is the part of ones p, within four standard deviations of n independent draws? */
function expectRate(values: readonly number[], p: number): void {
  const part = values.reduce((a, b) => a + b, 0) / values.length;
  expect(Math.abs(part - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / values.length));
}
/** Do two sets of draws agree as often as independent ones do? */
function expectIndependent(a: readonly number[], b: readonly number[], p: number): void {
  expect(a.length).toBe(b.length);
  const both = a.map((v, k) => (v === b[k] ? 1 : 0));
  expectRate(both, p * p + (1 - p) * (1 - p));
}
const flat = (rows: readonly (readonly (readonly number[])[])[]): number[] => rows.flat(2);

describe.each<EngineName>(["wasm", "reference"])("on %s", (engine) => {
  const make = (architecture: Architecture, threads = 1) =>
    createModel(architecture, { seed: 2, engine, input: 1, threads });

  test("zoneout draws at its rate; units, steps, sequences, layers, seeds and updates are independent", async () => {
    const model = await make(zoned(2));
    const run = await drawn(model, RAGGED);
    const z = run.read("recurrent.0.forward", "zh");
    expect(new Set(flat(z))).toEqual(new Set([0, 1]));
    expectRate(flat(z), 0.3);
    expectIndependent(flat(z), flat(run.read("recurrent.1.forward", "zh")), 0.3);
    const rows = z.flat();
    expectIndependent(rows.slice(1).flat(), rows.slice(0, -1).flat(), 0.3); // the step before
    const [first, , second] = [z[1]!, z[2]!, z[3]!];
    expectIndependent(first.flat(), second.flat(), 0.3); // another sequence
    const shifted = rows.map((row) => [...row.slice(1), row[0]!]);
    expectIndependent(rows.flat(), shifted.flat(), 0.3); // the unit beside
    for (const other of [
      { seed: 2, step: 0 },
      { seed: 1, step: 1 },
    ]) {
      const again = await drawn(model, RAGGED, other);
      expectIndependent(flat(z), flat(again.read("recurrent.0.forward", "zh")), 0.3);
      again.close();
    }
    run.close();
    model.close();
  });

  test("a recurrent mask is one for all steps of a sequence, scaled, and apart from other sequences'", async () => {
    const model = await make(zoned());
    const lengths = Array.from({ length: 40 }, (_, b) => 1 + ((b * 7) % 12));
    const run = await drawn(model, lengths);
    const masks = run.read("recurrent.0.forward", "mh");
    for (const steps of masks) for (const step of steps) expect(step).toEqual(steps[0]);
    const kept = engine === "wasm" ? Math.fround(1 / Math.fround(0.8)) : 1 / 0.8;
    expect(new Set(flat(masks))).toEqual(new Set([0, kept]));
    const ones = masks.map(([step]) => step!.map((v) => (v > 0 ? 1 : 0)));
    expectRate(ones.flat(), 0.8);
    expectIndependent(ones.slice(1).flat(), ones.slice(0, -1).flat(), 0.8);
    run.close();
    // the same sequences in another company: a mask goes by the place in the batch, not by who is longest
    const other = await drawn(
      model,
      lengths.map((length) => 13 - length),
    );
    expect(other.read("recurrent.0.forward", "mh").map(([step]) => step)).toEqual(masks.map(([step]) => step));
    other.close();
    model.close();
  });

  test("weights are dropped at their rate, the others scaled, matrices apart; the model's own stay", async () => {
    const model = await make(sequential(recurrent(lstm, { units: 24, weightDrop: 0.4 })));
    const before = model.parameters().map(({ values }) => [...values]);
    const run = await drawn(model, [3, 2]);
    const stored = run.parameters("recurrent.0.forward");
    const own = internalsOf(model).core();
    const region = own.space.floats(own.parameters.region);
    const kinds = own.located.map(({ name, parameter, offset, length }) => {
      const ratios: number[] = [];
      for (let k = offset; k < offset + length; k++) if (region[k] !== 0) ratios.push(stored[k]! / region[k]!);
      return { name, isDropped: parameter.name.startsWith("R_"), ratios };
    });
    const masks: number[][] = [];
    for (const { isDropped, ratios } of kinds) {
      if (!isDropped) expect(ratios.every((ratio) => ratio === 1)).toBe(true);
      else {
        expect(ratios.every((ratio) => ratio === 0 || Math.abs(ratio - 1 / 0.6) < 1e-6)).toBe(true);
        masks.push(ratios.map((ratio) => (ratio > 0 ? 1 : 0)));
      }
    }
    expect(masks).toHaveLength(4);
    for (const mask of masks) expectRate(mask, 0.6);
    expectIndependent(masks[0]!, masks[1]!, 0.6);
    expectIndependent(masks[2]!, masks[3]!, 0.6);
    expect(model.parameters().map(({ values }) => [...values])).toEqual(before);
    run.close();
    model.close();
  });
});

test("both engines draw the same", async () => {
  const runs = await Promise.all(
    (["wasm", "reference"] as const).map(async (engine) => {
      const model = await createModel(zoned(2), { engine, input: 1 });
      const run = await drawn(model, RAGGED, { seed: 2 ** 40 + 5, step: 1234 });
      const z = run.read("recurrent.1.forward", "zh");
      const m = run.read("recurrent.1.forward", "mh").map((s) => s.map((step) => step.map((v) => v > 0)));
      run.close();
      model.close();
      return [z, m];
    }),
  );
  expect(runs[0]).toEqual(runs[1]);
});

const V = 9;
const ids = (seed: number, count: number): Uint32Array => {
  const random = generator(seed, "ids");
  return Uint32Array.from({ length: count }, () => Math.floor(random.uniform() * V));
};
const noise = { zoneout: { h: 0.2, c: 0.4 }, recurrentDropout: 0.3, weightDrop: 0.4, dropout: 0.2 };
const language = (units: number, noisy = true) =>
  sequential(
    embedding({ vocabulary: V, size: 6, ...(noisy && { dropout: 0.2 }) }),
    ...(noisy ? [dropout({ rate: 0.1 })] : []),
    recurrent(lstm, { units, layers: 2, direction: "both", ...(noisy && noise) }),
    dense({ units: V }),
  );
const weightsOf = (model: Model) => model.parameters().map(({ name, values }) => [name, [...values]]);

test("any number of threads trains to the same bits", async () => {
  const trained = async (threads: number) => {
    const model = await createModel(language(96), { seed: 4, threads });
    const data = windows(ids(5, 2000), { length: 30, batch: 16 });
    await train(model, data, { loss: crossEntropy(), optimizer: adam({ learningRate: 0.01 }), steps: 4, seed: 3 });
    const weights = weightsOf(model);
    model.close();
    return weights;
  };
  expect(await trained(3)).toEqual(await trained(1));
});

describe("outside training", () => {
  const x = { values: ids(7, 60), shape: [6, 10], lengths: [10, 4, 10, 1, 7, 9] };

  test("recurrent dropout, weight drop and dropout change no bit, no schedule and no parameter's place", async () => {
    const { zoneout: _, ...others } = noise;
    const layer = (more: object) => recurrent(lstm, { units: 7, layers: 2, ...more });
    const tail = dense({ units: V });
    const plain = await createModel(sequential(embedding({ vocabulary: V, size: 6 }), layer({}), tail), { seed: 8 });
    const table = embedding({ vocabulary: V, size: 6, dropout: 0.2 });
    const noisy = await createModel(sequential(table, dropout({ rate: 0.3 }), layer(others), tail), { seed: 8 });
    const schedules = [plain, noisy].map((model) =>
      internalsOf(model)
        .core()
        .plan.stages.map((s) => (s.kind === "program" ? [s.path, s.schedule, s.sizes] : s)),
    );
    expect(schedules[1]).toEqual(schedules[0]);
    expect(weightsOf(noisy)).toEqual(weightsOf(plain));
    const [a, b] = [await plain.predict(x), await noisy.predict(x)];
    expect([...b.values]).toEqual([...a.values]);
    const targets = { ...x, values: ids(9, 60) };
    expect(await noisy.gradients(x, targets, crossEntropy())).toEqual(
      await plain.gradients(x, targets, crossEntropy()),
    );
    const [s, t] = [plain.stream(), noisy.stream()];
    for (const id of [3, 1, 4]) expect([...(t.step(id) as Float32Array)]).toEqual([...(s.step(id) as Float32Array)]);
    plain.close();
    noisy.close();
  });

  test("zoneout takes its mean: as the equations with the rates in place of the draws", async () => {
    const layer = recurrent(gru, { units: 5, zoneout: 0.25 });
    const mean = cell(
      "Mean",
      gru.text.replace(
        "h = z * h[t-1] + (1 - z) * n",
        "m = z * h[t-1] + (1 - z) * n\nh = 0.25 * h[t-1] + (1 - 0.25) * m",
      ),
    );
    const noisy = await createModel(sequential(layer), { seed: 1, input: 3 });
    const expected = await createModel(sequential(recurrent(mean, { units: 5 })), { seed: 1, input: 3 });
    const random = generator(1, "x");
    const values = Float32Array.from({ length: 4 * 6 * 3 }, () => random.uniform());
    const given = { values, shape: [4, 6, 3], lengths: [2, 6, 5, 1] };
    const [a, b] = [await noisy.predict(given), await expected.predict(given)];
    a.values.forEach((v, k) => expect(v).toBeCloseTo(b.values[k]!, 6));
    expect(weightsOf(noisy)).toEqual(weightsOf(expected));
    noisy.close();
    expected.close();
  });

  test("weights move between an architecture with noise and one without", async () => {
    const [noisy, plain] = [
      await createModel(language(7), { seed: 1 }),
      await createModel(language(7, false), { seed: 2 }),
    ];
    expect(noisy.parameters().map(({ name, shape }) => [name, shape])).toEqual(
      plain.parameters().map(({ name, shape }) => [name, shape]),
    );
    plain.setParameters(Object.fromEntries(noisy.parameters().map(({ name, values }) => [name, values])));
    expect(weightsOf(plain)).toEqual(weightsOf(noisy));
    noisy.close();
    plain.close();
  });
});

test("training with noise learns, and another seed draws other noise", async () => {
  const losses = async (seed: number): Promise<number[]> => {
    const model = await createModel(language(16), { seed: 4 });
    const stream = Uint32Array.from({ length: 900 }, (_, k) => (k * k) % V);
    const data = windows(stream, { length: 12, batch: 6, carryState: true });
    const options = {
      loss: crossEntropy(),
      optimizer: adam({ learningRate: 0.02 }),
      steps: 60,
      validateEvery: 20,
      seed,
    };
    const { records } = await train(model, data, options);
    model.close();
    return records.map(({ trainLoss }) => trainLoss);
  };
  const [one, again, other] = [await losses(1), await losses(1), await losses(2)];
  expect(again).toEqual(one);
  expect(other).not.toEqual(one);
  for (const run of [one, other]) expect(run.at(-1)!).toBeLessThan(run[0]! - 0.2);
});

test("a whole embedding entry is dropped wherever it occurs, and the others are scaled", async () => {
  const table = embedding({ vocabulary: 300, size: 3, dropout: 0.3 });
  const model = await createModel(sequential(table, dense({ units: 2 })), { seed: 1 });
  const core = await trainingCore(internalsOf(model).core());
  const values = Uint32Array.from({ length: 600 }, (_, k) => (k * 7) % 300);
  const packing = packingFor(core.plan, { values, shape: [20, 30] }, "test");
  const runner = core.newRunner({ batch: 20, rows: 600 }, { backward: false });
  const [stage] = core.plan.stages as [ProgramStage];
  core.space.floats({ address: runner.value(stage.from).address, length: 600 }).set(values);
  atOnce(runner.forward(packing, { seed: 5, step: 2 }));
  const rows = runner.value(stage.to);
  const own = model.parameters()[0]!.values;
  const ratios = new Map<number, Set<number>>();
  for (let row = 0; row < 600; row++) {
    const id = values[row]!;
    for (let u = 0; u < 3; u++) {
      const ratio = runner.memory()[rows.address + row * rows.stride + u]! / own[id * 3 + u]!;
      ratios.set(id, (ratios.get(id) ?? new Set()).add(Math.round(ratio * 1e4) / 1e4));
    }
  }
  for (const found of ratios.values()) expect(found.size).toBe(1);
  const masks = [...ratios.values()].map(([ratio]) => ratio!);
  expect(new Set(masks)).toEqual(new Set([0, 1.4286]));
  expectRate(
    masks.map((mask) => (mask > 0 ? 1 : 0)),
    0.7,
  );
  runner.close();
  core.close();
  model.close();
});

test("files keep the noise, are of a newer format for it, and go on training to the same bits", async () => {
  const model = await createModel(language(5), { seed: 3 });
  const again = await modelFrom(model.toBytes());
  expect(again.architecture).toEqual(model.architecture);
  const data = windows(ids(5, 300), { length: 6, batch: 4 });
  for (const one of [model, again]) {
    await train(one, data, { loss: crossEntropy(), optimizer: sgd({ learningRate: 0.1 }), steps: 3, seed: 3 });
  }
  expect(weightsOf(again)).toEqual(weightsOf(model));
  model.close();
  again.close();
});
