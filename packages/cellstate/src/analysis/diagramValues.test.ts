/** What flows in a diagram fits together: every operation gives what its sign says of what the wires bring to it. */
import { describe, expect, test } from "vitest";
import { zoo } from "../cells/index.ts";
import { cellDiagram, type DiagramWire } from "../index.ts";
import type { Model } from "../model/model.ts";
import type { Trace } from "../model/traced.ts";
import { diagramValues } from "./diagramValues.ts";
import { cells, firstStates, LENGTHS, modelOf, typed, x } from "./testing.ts";

type Place = { readonly layer: string; readonly direction: "forward" | "backward" };

/** At one step of a row: the values at every node, those with an equation of their own from the trace. */
function readerOf(model: Model, trace: Trace, at: Place, row: number) {
  const unnamed = new Map(diagramValues(model, trace, { ...at, row }).map((one) => [one.id, one]));
  return (id: string, name: string | undefined, step: number): Float32Array => {
    const own = unnamed.get(id);
    if (own) return own.values.subarray(step * own.size, (step + 1) * own.size);
    const { values, shape } = trace.get(name!, at);
    const start = (row * shape[1] + step) * shape[2];
    return values.subarray(start, start + shape[2]);
  };
}

const signs: Record<string, (...given: number[]) => number> = {
  "×": (...given) => given.reduce((a, b) => a * b),
  "+": (...given) => given.reduce((a, b) => a + b),
  "−": (a, b) => a! - b!,
  "÷": (a, b) => a! / b!,
  "1−": (a) => 1 - a!,
  tanh: (a) => Math.tanh(a!),
  σ: (a) => 1 / (1 + Math.exp(-a!)),
  exp: (a) => Math.exp(a!),
  max: Math.max,
};

describe.each(Object.entries({ ...zoo, typed }))("of %s", (_, one) => {
  test("every operation's value follows from the values on its wires, in both directions, at every step", async () => {
    const model = await modelOf(one, { direction: "both" });
    const trace = await model.trace(x, { from: firstStates(model) });
    const { nodes, wires } = cellDiagram(one);
    let compared = 0;
    for (const direction of ["forward", "backward"] as const) {
      const at = { layer: "recurrent.0", direction };
      const valuesOf = readerOf(model, trace, at, 0);
      for (const node of nodes) {
        const sign = node.kind === "operation" ? signs[node.label] : undefined;
        // in the order in which the node's text has them
        const place = ({ from, name }: DiagramWire): number =>
          node.text.indexOf(name ?? nodes.find(({ id }) => id === from)!.text);
        const entering = wires.filter(({ to }) => to === node.id).sort((a, b) => place(a) - place(b));
        // weights that a function takes in have no wire, and what is added twice has one
        const isWhole = !node.text.includes("_") && entering.length >= (/[×+]/.test(node.label) ? 2 : 1);
        if (sign === undefined || !isWhole) continue;
        for (let step = 0; step < LENGTHS[0]!; step++) {
          const inputs = entering.map(({ from, name }) => valuesOf(from, name?.replace("[t-1]", ""), step));
          const found = valuesOf(node.id, node.names[0]?.name, step);
          found.forEach((value, unit) => {
            const wanted = sign(...inputs.map((own) => (own.length === 1 ? own[0]! : own[unit]!)));
            // float32 values in, float64 between them
            expect(Math.abs(value - wanted), `${node.id} = ${node.text}`).toBeLessThan(
              2e-6 * Math.max(1, Math.abs(wanted)),
            );
            compared++;
          });
        }
      }
    }
    // a plain RNN is one box
    expect(compared).toBeGreaterThan(nodes.some(({ kind }) => kind === "operation") ? 10 : -1);
    model.close();
  });
});

describe("of an LSTM", () => {
  test("states come from the step before in the layer's own direction, the first ones from what was handed in", async () => {
    const model = await modelOf(cells["lstm"]!, { direction: "both" });
    const from = firstStates(model);
    const trace = await model.trace(x, { from });
    for (const direction of ["forward", "backward"] as const) {
      const at = { layer: "recurrent.0", direction };
      const { values, shape } = trace.get("c", at);
      LENGTHS.forEach((length, row) => {
        const before = diagramValues(model, trace, { ...at, row }).find(({ id }) => id === "c[t-1]")!;
        expect(before.values.length).toBe(length * before.size);
        for (let step = 0; step < length; step++) {
          const t = direction === "forward" ? step - 1 : step + 1;
          const isFirst = t < 0 || t >= length;
          const given = from[`recurrent.0.${direction}.c`]!;
          const wanted = isFirst
            ? given.subarray(row * before.size, (row + 1) * before.size)
            : values.subarray((row * shape[1] + t) * shape[2], (row * shape[1] + t + 1) * shape[2]);
          expect(before.values.subarray(step * before.size, (step + 1) * before.size)).toEqual(wanted);
        }
      });
    }
    model.close();
  });

  test("its text says what each of its nodes computes", () => {
    const texts = cellDiagram(cells["lstm"]!).nodes.flatMap(({ kind, text }) => (kind === "operation" ? [text] : []));
    expect(texts).toEqual(["c[t-1] * f", "i * g", "c[t-1] * f + i * g", "tanh(c)", "o * tanh(c)"]);
  });
});
