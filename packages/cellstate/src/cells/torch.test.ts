/** The oracle's values and gradients of the cells that PyTorch has, against PyTorch's in float64. */
import { expect, test } from "vitest";
import { layersOf, type NumberArray, recurrentCases } from "../../../../tests/fixtures/torch.ts";
import { evaluate } from "../cell/evaluate.ts";
import { gru, lstm, lstmp, reluRnn, simpleRnn } from "./index.ts";

const cells = { lstm, lstmp, gru, tanh: simpleRnn, relu: reluRnn };
const single = recurrentCases().filter(({ layers, directions }) => layers === 1 && directions === 1);

/** Row b of `[B, n]`, or of `[B, T, n]` as T rows. */
const row = ({ shape, values }: NumberArray, b: number): number[] => {
  const size = values.length / shape[0];
  return values.slice(b * size, (b + 1) * size);
};
function rows(array: NumberArray, b: number, count: number): number[][] {
  const width = array.shape[2];
  return Array.from({ length: count }, (_, t) => row(array, b).slice(t * width, (t + 1) * width));
}
const records = <A, B>(from: Readonly<Record<string, A>>, make: (one: A) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(from).map(([name, one]) => [name, make(one)]));

// The fixture is printed with 12 significant digits: half a unit of the last is at most 5e-12 of the number.
function expectNear(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  const errors = actual.map((v, i) => Math.abs(v - expected[i]) / (5e-12 * Math.abs(expected[i]) + 1e-13));
  expect(Math.max(0, ...errors)).toBeLessThan(1);
}

test("PyTorch has all five cells", () => {
  expect(new Set(single.map(({ kind }) => kind))).toEqual(new Set(Object.keys(cells)));
});

test.each(single.map((one) => [one.name, one] as const))(
  "%s: values and gradients agree to PyTorch's 12 printed digits",
  (_, one) => {
    const [layer] = layersOf(one);
    const parameters = Object.fromEntries(layer.parameters.map(({ name, values }) => [name, values]));
    const shapes = Object.fromEntries(layer.parameters.map(({ name, shape }) => [name, shape]));
    const sizes = { units: one.units, projection: one.projection ?? 0 };
    const totals = records(parameters, (values) => values.map(() => 0));
    const [batch, steps] = one.x.shape;
    for (let b = 0; b < batch; b++) {
      const length = one.lengths?.[b] ?? steps;
      const { output, lastStates, gradients } = evaluate(cells[one.kind], sizes, parameters, rows(one.x, b, length), {
        shapes,
        firstStates: records(layer.firstStates, (state) => row(state, b)),
        outputAdjoint: rows(one.weighOutput, b, length),
        lastAdjoint: records(layer.weighLastStates, (state) => row(state, b)),
      });
      expectNear(output.flat(), rows(one.output, b, length).flat());
      for (const [name, state] of Object.entries(layer.lastStates)) expectNear(lastStates[name], row(state, b));
      expectNear(gradients?.x.flat() ?? [], rows(one.gradients.x, b, length).flat());
      for (const [name, state] of Object.entries(layer.firstStateGradients)) {
        expectNear(gradients?.firstStates[name] ?? [], row(state, b));
      }
      for (const [name, gradient] of Object.entries(gradients?.parameters ?? {})) {
        totals[name] = totals[name].map((v, i) => v + gradient[i]);
      }
    }
    for (const { name, values } of layer.gradients) expectNear(totals[name], values);
  },
);
