/** A diagram's labels are true: 4σ−2, 1−, expand and the others give, of their operands in order, what stands at their nodes. */
import { expect, test } from "vitest";
import { type Part, partsOf } from "../cell/print/diagram/parts.ts";
import { idsOf } from "../cell/print/diagram.ts";
import { zoo } from "../cells/index.ts";
import { diagramValues } from "./diagramValues.ts";
import { firstStates, LENGTHS, modelOf, typed, UNITS, x } from "./testing.ts";

const functions: Readonly<Record<string, (a: number) => number>> = {
  "log σ": (a) => -Math.log1p(Math.exp(-a)),
  σ: (a) => 1 / (1 + Math.exp(-a)),
  tanh: Math.tanh,
  exp: Math.exp,
  stop: (a) => a,
  "=": (a) => a,
};
const joint: Readonly<Record<string, (a: number, b: number) => number>> = {
  "×": (a, b) => a * b,
  "+": (a, b) => a + b,
  "−": (a, b) => a - b,
  "÷": (a, b) => a / b,
  max: Math.max,
};

/** What a label makes of what flows in: "4σ−2" of 0.5 is 0.4…; a value per block or row goes with every unit. */
function labelled(label: string, inputs: readonly (readonly number[])[]): number[] {
  const [a, b] = inputs as [readonly number[], readonly number[]];
  if (b !== undefined) {
    const size = Math.max(a.length, b.length);
    return Array.from({ length: size }, (_, k) => joint[label]!(a[k % a.length]!, b[k % b.length]!));
  }
  if (label === "mean") return [a.reduce((sum, v) => sum + v, 0) / a.length];
  if (label === "expand") return Array.from({ length: UNITS }, (_, k) => a[Math.floor((k * a.length) / UNITS)]!);
  const [sign, f] = Object.entries(functions).find(([known]) => label.includes(known)) ?? ["", (v: number) => v];
  const [before, after] = sign === "" ? numbersAround(label) : label.split(sign);
  const scaled = /[−+÷]$/.test(before!) ? before! : before! === "" ? "" : `${before}*`;
  const code = `${scaled}(v)${after}`.replaceAll("−", "-").replaceAll("×", "*").replaceAll("÷", "/");
  const outer = new Function("v", `return ${code}`) as (v: number) => number;
  return a.map((v) => outer(f(v)));
}

/** "1−" stands before the value, "−1" and "×0.5" behind it. */
const numbersAround = (label: string): [string, string] => (/^\d/.test(label) ? [label, ""] : ["", label]);

const every = { ...zoo, typed };
test.each(Object.entries(every))(
  "%s: every node is what its label makes of its inputs, at every step",
  async (_, one) => {
    const model = await modelOf(one);
    const trace = await model.trace(x, { from: firstStates(model) });
    const parts = partsOf(one);
    const ids = idsOf(parts);
    // weights and means stand inside these
    const isPlain = ({ kind, label }: Part): boolean =>
      kind === "operation" && !/norm|_/.test(label) && !(one === zoo["layerNormLstm"] && label === "tanh");
    let checked = 0;
    LENGTHS.forEach((length, row) => {
      const between = new Map(diagramValues(model, trace, { row }).map((v) => [v.id, v]));
      const at = (part: Part, index: number, t: number): number[] => {
        const name = part.kind === "state in" || part.kind === "input" ? undefined : part.names[index];
        if (name === undefined) {
          const { values, size } = between.get(ids.get(part)!)!;
          return [...values.subarray(t * size, (t + 1) * size)];
        }
        const { values, shape } = trace.get(name as never);
        return [...values.subarray((row * shape[1] + t) * shape[2], (row * shape[1] + t + 1) * shape[2])];
      };
      for (const part of parts.parts.filter(isPlain)) {
        for (let t = 0; t < length; t++) {
          const inputs = part.inputs.map((v) => at(v.part, v.index, t));
          const values = at(part, 0, t);
          const expected = labelled(part.label, inputs);
          expect(values).toHaveLength(expected.length);
          values.forEach((value, k) => {
            // float32 on both sides of one operation; sLSTM's quotient of small numbers is the roughest
            const off = Math.abs(value - expected[k]!) / Math.max(1, Math.abs(expected[k]!));
            expect(off, `${ids.get(part)} ${part.label} of ${inputs.map((v) => v[k % v.length])}`).toBeLessThan(3e-6);
          });
          checked++;
        }
      }
    });
    expect(checked).toBeGreaterThan(parts.stages.length > 1 ? 13 : -1);
    model.close();
  },
);
