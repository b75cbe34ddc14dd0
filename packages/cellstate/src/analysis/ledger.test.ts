/** The ledger adds up to the traced state, for every kind of cell, and says what each step has left in it. */
import { describe, expect, test } from "vitest";
import { cell } from "../cell/cell.ts";
import { lstm, simpleRnn } from "../cells/index.ts";
import { dense, embedding, recurrent, sequential } from "../layers/layers.ts";
import { createModel } from "../model/model.ts";
import { sequences } from "../model/sequences.ts";
import { memoryLedger } from "./ledger.ts";
import { B, cells, firstStates, LENGTHS, modelOf, T, UNITS, x } from "./testing.ts";
import { timeScales } from "./timeScales.ts";

const linear: [string, string, string, string][] = [
  ["lstm", "c", "f", "i * g"],
  ["gru", "h", "z", "(1 - z) * n"],
  ["peepholeLstm", "c", "f", "i * g"],
  ["cifg", "c", "1 - i", "i * g"],
  ["layerNormLstm", "c", "f", "i * g"],
  ["slstm", "c", "f", "i * g"],
  ["slstm", "n", "f", "i"],
  ["lstmp", "c", "f", "i * g"],
  ["blocksLstm", "c", "expand(f)", "expand(i) * g"],
  ["blocksPeepholeLstm", "c", "expand(f)", "expand(i) * g"],
  ["minLstm", "h", "f", "(1 - f) * n"],
  ["typed", "s", "0.5 * k", "(1 - k) * tanh(R_s @ q[t-1]) + W_s @ x"],
  ["typed", "m", "0.9", "z"],
];

describe.each(["forward", "backward"] as const)("a ledger, %s in time", (direction) => {
  test.each(linear)("of %s: %s = %s * before + %s adds up", async (name, state, a, b) => {
    const one = cells[name]!;
    const model = await modelOf(one, { layers: 2, direction: "both" });
    const trace = await model.trace(x, { from: firstStates(model) });
    for (let row = 0; row < B; row++) {
      for (const layer of ["recurrent.0", "recurrent.1"]) {
        const ledger = await memoryLedger(model, trace, { layer, direction, state, row });
        expect([ledger.a, ledger.b, ledger.steps]).toEqual([a, b, LENGTHS[row]]);
        const { values, shape } = trace.get(state, { layer, direction });
        const { units } = ledger;
        expect(units).toBe(shape[2]);
        // float32 values against their own equation in float64
        const largest = Math.max(1, ...values.map(Math.abs));
        expect(ledger.error / largest).toBeLessThan(1e-6);
        for (let t = 0; t < ledger.steps; t++) {
          const { sources, values: parts, norms, shares } = ledger.at(t);
          const order = direction === "forward" ? t + 1 : ledger.steps - t;
          const expected = Array.from({ length: order }, (_, k) =>
            direction === "forward" ? k : ledger.steps - 1 - k,
          );
          expect([...sources]).toEqual([-1, ...expected]);
          for (let u = 0; u < units; u++) {
            let sum = 0;
            for (let n = 0; n < sources.length; n++) sum += parts[n * units + u]!;
            const found = values[(row * T + t) * units + u]!;
            expect(Math.abs(sum - found)).toBeLessThan(ledger.error + 1e-12);
          }
          const line = ledger.norms().subarray(t * (ledger.steps + 1), (t + 1) * (ledger.steps + 1));
          const inLine = new Array(ledger.steps + 1).fill(0);
          sources.forEach((source, n) => {
            const own = parts.subarray(n * units, (n + 1) * units);
            expect(norms[n]).toBeCloseTo(Math.hypot(...own), 12);
            inLine[source + 1] = norms[n]!;
          });
          expect([...line]).toEqual(inLine);
          const unit = (t + row) % units;
          const inUnit = new Array(ledger.steps + 1).fill(0);
          sources.forEach((source, n) => {
            inUnit[source + 1] = parts[n * units + unit]!;
          });
          const ofUnit = ledger.ofUnit(unit).subarray(t * (ledger.steps + 1), (t + 1) * (ledger.steps + 1));
          expect([...ofUnit]).toEqual(inUnit);
          expect(shares.reduce((all, s) => all + s, 0)).toBeCloseTo(1, 9);
        }
      }
    }
    model.close();
  });
});

test("the first state, given or learned, is what the ledger begins with", async () => {
  const model = await modelOf(cells["typed"]!);
  const learned = model.parameters().find(({ name }) => name.endsWith("k_s"))!.values;
  expect([...(await memoryLedger(model, x, { row: 1 })).first]).toEqual([...learned]);
  const from = firstStates(model);
  const given = from["recurrent.0.forward.s"]!;
  const ledger = await memoryLedger(model, x, { row: 1, from });
  expect([...ledger.first]).toEqual([...given.subarray(UNITS, 2 * UNITS)]);
  model.close();
});

test("what a step wrote is kept by the product of what every later step kept", async () => {
  const model = await modelOf(lstm, { direction: "both" });
  const trace = await model.trace(x, { from: firstStates(model) });
  for (const direction of ["forward", "backward"] as const) {
    const ledger = await memoryLedger(model, trace, { direction, row: 1 });
    const f = trace.get("f", { direction }).values.subarray(T * UNITS, 2 * T * UNITS);
    const source = direction === "forward" ? 2 : 4;
    const later = direction === "forward" ? [3, 4, 5, 6] : [3, 2, 1, 0];
    const { steps, keeps, shares } = ledger.retention(source);
    expect([...steps]).toEqual([source, ...later]);
    expect([...keeps.subarray(0, UNITS)]).toEqual(new Array(UNITS).fill(1));
    expect(shares[0]).toBe(1);
    for (let u = 0; u < UNITS; u++) {
      const product = later.reduce((all, t) => all * f[t * UNITS + u]!, 1);
      expect(keeps[4 * UNITS + u]).toBeCloseTo(product, 12);
    }
    const end = ledger.at(later.at(-1)!);
    const mine = end.norms[end.sources.indexOf(source)]!;
    const written = Math.hypot(...ledger.writes.subarray(source * UNITS, (source + 1) * UNITS));
    expect(shares.at(-1)).toBeCloseTo(mine / written, 12);
    const first = ledger.retention(-1);
    expect(first.steps).toHaveLength(T);
    expect(first.keeps[0]).toBeCloseTo(f[first.steps[0]! * UNITS]!, 12);
  }
  model.close();
});

test("what never forgets keeps all, and what forgets all keeps nothing", async () => {
  const model = await modelOf(lstm);
  const always = await memoryLedger(model.with({ f: 1 }), x, { row: 1 });
  expect(always.error).toBeLessThan(1e-6);
  expect([...always.retention(0).shares]).toEqual(new Array(T).fill(1));
  expect(always.halfLives.every((steps) => steps === Number.POSITIVE_INFINITY)).toBe(true);
  const never = await memoryLedger(model.with({ f: 0 }), x, { row: 1 });
  expect([...never.at(3).norms].slice(0, 4)).toEqual([0, 0, 0, 0]);
  expect(never.halfLives.every((steps) => steps === 0)).toBe(true);
  model.close();
});

test("a ledger of a model with other values fixed adds up too, and follows them", async () => {
  for (const [name, state, values] of [
    ["gru", "h", { r: 0.5 }],
    ["peepholeLstm", "c", { i: 0.25 }],
    ["typed", "s", { q: 0.5 }],
    ["typed", "s", { k: 2 }],
  ] as const) {
    const model = await modelOf(cells[name]!, { direction: "both" });
    const from = firstStates(model);
    const query = { state, direction: "backward", row: 1 } as const;
    const [plain, fixed] = [
      await memoryLedger(model, x, { ...query, from }),
      await memoryLedger(model.with(values), x, { ...query, from }),
    ];
    expect(fixed.error).toBeLessThan(2e-6);
    expect([...fixed.writes]).not.toEqual([...plain.writes]);
    model.close();
  }
});

test("a unit that keeps half at every step has a half-life of one step", async () => {
  const half = cell("Half", "h = 0.5 * h[t-1] + tanh(W_h @ x)");
  const model = await modelOf(half);
  const { halfLives, a } = await memoryLedger(model, x);
  expect(a).toBe("0.5");
  for (const steps of halfLives) expect(steps).toBeCloseTo(1, 12);
  model.close();
  // what is lost in numbers is not kept for ever
  const lost = await modelOf(cell("Lost", "h = log(-1) * h[t-1] + tanh(W_h @ x)"));
  expect((await memoryLedger(lost, x)).halfLives).toEqual(new Float64Array(UNITS).fill(Number.NaN));
  lost.close();
});

test("a cell without a linear state says of every state why", async () => {
  const model = await modelOf(simpleRnn);
  await expect(memoryLedger(model, x)).rejects.toThrowErrorMatchingInlineSnapshot(`
    [ArgumentError: memoryLedger: state is undefined; expected a state s = a * s[t-1] + b.
      h = tanh(W_h @ x + R_h @ h[t-1] + b_h) is not a * h[t-1] + b.]
  `);
  const typed = await modelOf(cells["typed"]!);
  await expect(memoryLedger(typed, x, { state: "q" })).rejects.toThrowErrorMatchingInlineSnapshot(`
    [ArgumentError: memoryLedger: state is "q"; expected one of s, m.
      q = tanh(s + p_q * q[t-1] - m) is not a * q[t-1] + b.]
  `);
  const fixed = (await modelOf(lstm)).with({ c: 0.5 });
  await expect(memoryLedger(fixed, x)).rejects.toThrowErrorMatchingInlineSnapshot(`
    [ArgumentError: memoryLedger: state is undefined; expected a state s = a * s[t-1] + b.
      c is fixed at 0.5 by model.with; h = o * tanh(c) is not a * h[t-1] + b.]
  `);
  await expect(memoryLedger(fixed, x, { state: "C" })).rejects.toThrowErrorMatchingInlineSnapshot(`
    [ArgumentError: memoryLedger: state is "C"; expected a state s = a * s[t-1] + b.
      C is no state of LSTM; c is fixed at 0.5 by model.with; h = o * tanh(c) is not a * h[t-1] + b.]
  `);
});

test("a layer, a row and a step that are not there are refused", async () => {
  const model = await modelOf(lstm, { layers: 2 });
  await expect(memoryLedger(model, x)).rejects.toThrowErrorMatchingInlineSnapshot(`
    [ArgumentError: memoryLedger: layer is any, either direction; expected one of { layer: "recurrent.0", direction: "forward" }, { layer: "recurrent.1", direction: "forward" }.
      the model has several recurrent layers; say which.]
  `);
  const query = { layer: "recurrent.1" };
  for (const none of [undefined, null, "abc"]) {
    await expect(memoryLedger(model, none as never, query)).rejects.toThrow("expected sequences, { values, shape }");
  }
  await expect(memoryLedger({} as never, x, query)).rejects.toThrow("memoryLedger: model is");
  await expect(timeScales({} as never, x, query)).rejects.toThrow("timeScales: model is");
  await expect(memoryLedger(model, x, { layer: "recurrent.2" })).rejects.toThrow("these are the model's");
  await expect(memoryLedger(model, x, { ...query, row: 3 })).rejects.toThrow(
    "row is 3; expected a whole number from 0 to 2",
  );
  const ledger = await memoryLedger(model, x, { ...query, row: 2 });
  expect(() => ledger.at(2)).toThrow("step is 2; expected a whole number from 0 to 1");
  expect(() => ledger.retention(-2)).toThrow("source is -2");
  expect(() => ledger.ofUnit(6)).toThrow("unit is 6; expected a whole number from 0 to 5");
  model.close();
});

test("300 steps of 128 units add up within 1e-6 at every step", async () => {
  const architecture = sequential(
    embedding({ vocabulary: 93, size: 48 }),
    recurrent(lstm, { units: 128 }),
    dense({ units: 93 }),
  );
  const model = await createModel(architecture, { seed: 1 });
  const ids = sequences([Array.from({ length: 300 }, (_, t) => (t * t + 7) % 93)]);
  const ledger = await memoryLedger(model, ids);
  expect(ledger.error).toBeLessThan(1e-6);
  model.close();
});

test("with zoneout a ledger and time scales count what the cell itself keeps", async () => {
  const layer = recurrent(lstm, { units: UNITS, zoneout: { c: 0.4, h: 0.1 } });
  const model = await createModel(sequential(layer, dense({ units: 2 })), { seed: 3, input: x.shape[2]! });
  const trace = await model.trace(x);
  const f = trace.get("f").values;
  const ledger = await memoryLedger(model, trace, { state: "c" });
  expect(ledger.error).toBeLessThan(1e-6);
  ledger.keeps.slice(0, UNITS).forEach((keep, u) => expect(keep).toBeCloseTo(0.4 + 0.6 * f[u]!, 6));
  model.close();
});
