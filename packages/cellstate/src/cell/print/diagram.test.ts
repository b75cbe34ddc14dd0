/** What a diagram promises, for every cell of the zoo, odd cells and random ones; and the LSTM's as a picture. */
import { describe, expect, test } from "vitest";
import { gru, lstm, simpleRnn, zoo } from "../../cells/index.ts";
import { oddCells } from "../../engine/oddCells.ts";
import { randomCellText } from "../../engine/randomCell.ts";
import { type Cell, cell } from "../cell.ts";
import { type Definition, type Expression, isParameter } from "../syntax.ts";
import { seeded } from "../testing.ts";
import { expressionText } from "../text.ts";
import { pictureOf } from "./diagram/testing.ts";
import { cellDiagram, type Diagram, type DiagramNode, type DiagramWire, type Point } from "./diagram.ts";

const random = Array.from({ length: 120 }, (_, seed) => {
  const text = randomCellText(seeded(seed));
  return [`random cell ${seed}`, cell("Random", text)] as const;
});
const odd = Object.entries(oddCells).map(([name, text]) => [name, cell("Odd", text)] as const);
/** Twelve states that are not linear, and one value that all of them read. */
const many = Array.from({ length: 12 }, (_, k) => `s${k} = tanh(s${k}[t-1] * f + W_${k} @ x)`);
const wide = cell("Many", `f = sigmoid(W_f @ x)\n${many.join("\n")}\nh = ${many.map((_, k) => `s${k}`).join(" * ")}`);
/** No state comes in from the left, and all stands over the first box. */
const stacked = ["tanh(a) * a * a", "a * (1 - a) * a", "max(a, a * 2) + a"].map(
  (h) => [`h = ${h}`, cell("Stacked", `a = W_a @ x\nh = ${h}`)] as const,
);
const cells: readonly (readonly [string, Cell])[] = [
  ...Object.entries(zoo),
  ...odd,
  ...random,
  ["many states", wide],
  ...stacked,
];
const diagrams = new Map(cells.map(([, one]) => [one, cellDiagram(one)]));
const diagramOf = (one: Cell): Diagram => diagrams.get(one)!;

const nodeCalled = (diagram: Diagram, id: string): DiagramNode => diagram.nodes.find((n) => n.id === id)!;

/** The stretches of a wire, each with its ends. */
const stretches = ({ points }: Pick<DiagramWire, "points">): [Point, Point][] =>
  points.slice(1).map((p, k) => [points[k]!, p]);

/** How far a stretch stays from a node; negative inside it. */
function distance({ x, y, width, height }: DiagramNode, [a, b]: [Point, Point]): number {
  const across = Math.max(Math.min(a.x, b.x) - (x + width / 2), x - width / 2 - Math.max(a.x, b.x));
  const down = Math.max(Math.min(a.y, b.y) - (y + height / 2), y - height / 2 - Math.max(a.y, b.y));
  return Math.round(1e3 * Math.max(across, down)) / 1e3 + 0;
}

/** The names of the values that an expression reads, as the text writes them. */
function readBy(e: Expression): string[] {
  switch (e.kind) {
    case "number":
      return [];
    case "name":
      return isParameter(e.name) ? [] : [expressionText(e)];
    case "negative":
    case "product":
      return readBy(e.of);
    case "binary":
      return [...readBy(e.left), ...readBy(e.right)];
    case "call":
      return e.arguments.flatMap(readBy);
  }
}

/** The names of the values that reach a node through nodes without a name. */
function flowingInto({ nodes, wires }: Diagram, id: string): string[] {
  return wires
    .filter((w) => w.to === id)
    .flatMap((w) => (w.name === undefined ? flowingInto({ nodes, wires } as Diagram, w.from) : [w.name]));
}

const sorted = (names: readonly string[]): string[] => [...new Set(names)].sort();

/** Do both come into the cell from outside and go to the same boxes? Then they run in one line. */
function areJoined({ nodes, wires }: Diagram, a: DiagramWire, b: DiagramWire): boolean {
  const isInput = (id: string): boolean => /^(input|state in)$/.test(nodes.find((n) => n.id === id)!.kind);
  const readers = (id: string): string => sorted(wires.filter((w) => w.from === id).map((w) => w.to)).join();
  return isInput(a.from) && isInput(b.from) && readers(a.from) === readers(b.from);
}

const CLEAR = 5;

/** Do two stretches touch, or run beside one another closely? Not if they cross. */
function touch([a, b]: [Point, Point], [c, d]: [Point, Point]): boolean {
  const span = (p: number, q: number): [number, number] => [Math.min(p, q), Math.max(p, q)];
  const beside = (p: [number, number], q: [number, number], by: number): boolean =>
    p[0] < q[1] + by && q[0] < p[1] + by;
  const [x1, y1, x2, y2] = [span(a.x, b.x), span(a.y, b.y), span(c.x, d.x), span(c.y, d.y)];
  const [isDown1, isDown2] = [a.x === b.x, c.x === d.x];
  if (isDown1 === isDown2)
    return beside(x1, x2, isDown1 ? 2 * CLEAR : CLEAR) && beside(y1, y2, isDown1 ? CLEAR : 2 * CLEAR);
  if (!beside(x1, x2, CLEAR) || !beside(y1, y2, CLEAR)) return false;
  const [x, y, across, down] = isDown1 ? [a.x, c.y, x2, y1] : [c.x, a.y, x1, y2];
  return x < across[0] + CLEAR || x > across[1] - CLEAR || y < down[0] + CLEAR || y > down[1] - CLEAR;
}

describe("every cell", () => {
  test("has each of its definitions, with its caption, in one node", () => {
    for (const [name, one] of cells) {
      const named = diagramOf(one).nodes.flatMap((n) => n.names.map((m) => [m.name, n.caption]));
      const defined = one.syntax.definitions.flatMap((d) => d.names.map((n) => [n, d.caption]));
      expect([name, named.sort()]).toEqual([name, defined.sort()]);
    }
  });

  test("has a wire for every use of a value, and for nothing else", () => {
    const plain = (d: Definition): string => expressionText(d.value).replaceAll("stopgradient", "");
    for (const [name, one] of cells) {
      const diagram = diagramOf(one);
      for (const definition of one.syntax.definitions) {
        const node = diagram.nodes.find((n) => n.names.some((m) => m.name === definition.names[0]))!;
        const flows = sorted(flowingInto(diagram, node.id));
        const reads = sorted(readBy(definition.value));
        // what stands in another equation too may come from there
        const others = one.syntax.definitions.filter(
          (d) => d !== definition && flows.includes(d.names[0]!) && plain(definition).includes(plain(d)),
        );
        const instead = others.flatMap((d) => d.names);
        expect([name, node.id, flows.filter((f) => !instead.includes(f) && !reads.includes(f))]).toEqual([
          name,
          node.id,
          [],
        ]);
        const within = others.flatMap((d) => readBy(d.value));
        expect([name, node.id, reads.filter((r) => !within.includes(r) && !flows.includes(r))]).toEqual([
          name,
          node.id,
          [],
        ]);
      }
    }
    const { nodes, wires } = diagramOf(lstm);
    expect(flowingInto({ nodes, wires } as Diagram, "c").sort()).toEqual(["c[t-1]", "f", "g", "i"]);
  });

  test("has every state coming in and going out, on one line, and its output", () => {
    for (const [name, one] of cells) {
      const diagram = diagramOf(one);
      for (const state of one.facts.states) {
        const before = nodeCalled(diagram, `${state}[t-1]`);
        const after = nodeCalled(diagram, `state out ${state}`);
        expect([name, before.kind, after.kind, after.y]).toEqual([name, "state in", "state out", before.y]);
        expect(diagram.wires.filter((w) => w.to === after.id).map((w) => w.name)).toEqual([state]);
      }
      const out = diagram.wires.filter((w) => nodeCalled(diagram, w.to).kind === "output");
      expect([name, out.map((w) => w.name)]).toEqual([name, [one.facts.output]]);
    }
  });

  test("has no two nodes that touch, and none outside of the picture", () => {
    for (const [name, one] of cells) {
      const { nodes, width, height } = diagramOf(one);
      nodes.forEach((a, k) => {
        for (const b of nodes.slice(0, k)) {
          const apart = Math.max(
            Math.abs(a.x - b.x) - (a.width + b.width) / 2,
            Math.abs(a.y - b.y) - (a.height + b.height) / 2,
          );
          if (apart < 10) expect([name, a.id, b.id]).toEqual(["apart"]);
        }
        const rim = [a.x - a.width / 2, a.y - a.height / 2, width - a.x - a.width / 2, height - a.y - a.height / 2];
        if (Math.min(...rim) < 10) expect([name, a.id, rim]).toEqual(["inside"]);
      });
    }
  });

  test("has wires that run straight, from rim to rim, and keep clear of all other nodes", () => {
    for (const [name, one] of cells) {
      const diagram = diagramOf(one);
      for (const wire of diagram.wires) {
        const [from, to] = [nodeCalled(diagram, wire.from), nodeCalled(diagram, wire.to)];
        const [start, end] = [wire.points[0]!, wire.points.at(-1)!];
        const which = [name, wire.from, wire.to];
        expect([...which, distance(from, [start, start]), distance(to, [end, end])]).toEqual([...which, 0, 0]);
        stretches(wire).forEach((stretch, k, all) => {
          const [a, b] = stretch;
          if (a.x !== b.x && a.y !== b.y) expect([...which, k]).toEqual(["straight"]);
          for (const node of diagram.nodes) {
            const isEnd = (node === from && k === 0) || (node === to && k === all.length - 1);
            if (distance(node, stretch) < (isEnd ? 0 : 8)) expect([...which, k, node.id]).toEqual(["clear"]);
          }
        });
      }
    }
  });

  test("has wires of different values that cross, and never touch", () => {
    for (const [name, one] of cells) {
      const diagram = diagramOf(one);
      const { wires } = diagram;
      wires.forEach((a, k) => {
        for (const b of wires.slice(0, k)) {
          if (a.from === b.from || areJoined(diagram, a, b)) continue;
          for (const p of stretches(a)) {
            for (const q of stretches(b)) {
              if (touch(p, q)) expect([name, `${a.from} → ${a.to}`, `${b.from} → ${b.to}`, p, q]).toEqual(["apart"]);
            }
          }
        }
      });
    }
  });

  test("has all that it holds in its stages, once, each after what it reads", () => {
    for (const [name, one] of cells) {
      const diagram = diagramOf(one);
      const order = diagram.stages.flatMap((s) => s.nodes);
      expect([name, [...order].sort()]).toEqual([name, diagram.nodes.map((n) => n.id).sort()]);
      expect(diagram.stages.flatMap((s) => s.wires).sort((a, b) => a - b)).toEqual([...diagram.wires.keys()]);
      for (const { from, to } of diagram.wires) {
        if (order.indexOf(from) >= order.indexOf(to)) expect([name, from, to]).toEqual(["in order"]);
      }
      expect(diagram.stages.map((s) => s.name)).toEqual(one.facts.order.map((d) => d.names.join(", ")));
    }
  });

  test("has its linear states on rails along the top, above all boxes", () => {
    for (const [name, one] of cells) {
      const { nodes, wires } = diagramOf(one);
      const rails = nodes.filter((n) => n.kind === "state in" && n.isRail);
      const top = Math.min(...nodes.filter((n) => n.kind === "box").map((n) => n.y));
      for (const rail of rails) {
        expect([name, rail.y < top]).toEqual([name, true]);
        const straight = wires.filter((w) => w.isRail && w.points[0]!.y === rail.y);
        expect(straight.every((w) => w.points.every((p) => p.y === rail.y))).toBe(true);
        const end = nodes.find((n) => n.id === `state out ${rail.id.replace("[t-1]", "")}`)!;
        expect([name, end.y, end.isRail]).toEqual([name, rail.y, true]);
      }
    }
  });

  test("is the same picture for the same text, from left to right", () => {
    for (const [name, one] of cells.slice(0, 60)) {
      const again = cellDiagram(cell(one.name, one.text));
      expect(again).toEqual(diagramOf(one));
      const { nodes } = again;
      for (const box of nodes.filter((n) => n.kind === "box")) {
        const later = nodes.filter((n) => n.kind === "box" && n.stage > box.stage);
        expect([name, box.id, later.every((n) => n.x > box.x)]).toEqual([name, box.id, true]);
      }
    }
  });
});

/** The nodes of a text's diagram without its states, inputs and outputs: `f: [σ]`, `(×)`. */
const nodesOf = (text: string): string[] =>
  cellDiagram(cell("Typed", text)).nodes.flatMap(({ kind, label, names, isRail }) => {
    const name = names.map((n) => `${n.name}: `).join("");
    if (kind === "box") return [`${name}[${label}]`];
    return kind === "operation" || kind === "constant" ? [`${name}${isRail ? "rail " : ""}(${label})`] : [];
  });

describe("a node says what it does", () => {
  test("a weighted sum with a function and numbers around it is one box, its weights inside", () => {
    expect(nodesOf("h = 4 * sigmoid(W_h @ x - R_h @ h[t-1] + p_h * h[t-1] + b_h) - 2")).toEqual(["h: [4σ−2]"]);
    expect(nodesOf("g = W_g @ x + b_g\nh = 1 - exp(0.5 * (R_h @ h[t-1]) + g)")).toEqual(["g: [Σ]", "h: [1−exp]"]);
    expect(nodesOf("u, v = layernorm(W_u @ x, R_v @ h[t-1])\nh = tanh(s_u * u + s_v * v + b_h)")).toEqual([
      "u: v: [norm]",
      "h: [tanh]",
    ]);
  });

  test("a product that stands inside another value is a box of its own", () => {
    expect(nodesOf("h = tanh(U_h @ tanh(R_h @ h[t-1]) + W_h @ x)")).toEqual(["[tanh]", "h: [tanh]"]);
    expect(nodesOf("h = tanh(W_h @ x + x * (R_h @ h[t-1] + d_h))\nx : units")).toEqual(["[Σ]", "(×)", "h: [tanh]"]);
  });

  test("operations with numbers and parameters are nodes with one input", () => {
    expect(nodesOf("x : units\ng = max(x / 4, 0.3)\nh = 2 * sigmoid(1 - g * u_g) + clamp(h[t-1], -1, 1)")).toEqual([
      "(÷4)",
      "g: (max 0.3)",
      "(×u_g)",
      "(1−)",
      "(2σ)",
      "(clamp)",
      "h: (+)",
    ]);
  });

  test("a linear state's factors and terms lie on its rail, one after the other", () => {
    expect(nodesOf("f = sigmoid(W_f @ x)\nh = f * 0.9 * h[t-1] + tanh(f) + b_h")).toEqual([
      "f: [σ]",
      "rail (×)",
      "rail (×0.9)",
      "(tanh)",
      "rail (+)",
      "h: rail (+b_h)",
    ]);
    expect(nodesOf("h = h[t-1] + W_h @ x + b_h")).toEqual(["[Σ]", "h: rail (+)"]);
  });

  test("what stands twice is computed once, and a second name is a node of its own", () => {
    expect(nodesOf("u = W_u @ x\nh = tanh(u + h[t-1]) * sigmoid(u + h[t-1])")).toEqual([
      "u: [Σ]",
      "(+)",
      "(tanh)",
      "(σ)",
      "h: (×)",
    ]);
    expect(nodesOf("p = h[t-1]\nr = stopgradient(p)\nk = 0.3\nh = tanh(W_h @ x + R_h @ r) * k")).toEqual([
      "p: (=)",
      "r: (stop)",
      "k: (0.3)",
      "[tanh]",
      "h: (×)",
    ]);
  });
});

test("the picture grows with the equations, and not faster", () => {
  const widthOf = (count: number): number => {
    const lines = Array.from({ length: count }, (_, k) => `g${k} = tanh(W_${k} @ x + R_${k} @ h[t-1])`);
    return cellDiagram(cell("Sum", `${lines.join("\n")}\nh = ${lines.map((_, k) => `g${k}`).join(" + ")}`)).width;
  };
  const [few, more, most] = [widthOf(5), widthOf(10), widthOf(20)] as const;
  expect(more - few).toBeGreaterThan(5 * 70);
  expect((most - more) / (more - few)).toBeCloseTo(2, 1);
});

test("the LSTM's is the picture that everybody knows", () => {
  expect(`\n${pictureOf(diagramOf(lstm))}\n`).toMatchInlineSnapshot(`
    "
                                                                  (h)
                                                                   │
     (c[t-1])──────────(×)──────────────(c=+)───────────────●──────┼────(c)
                        │                 │                 │      │
                        │                 │              (tanh)    │
                        │                 │                 │      │
                        │       ┌────────(×)       ┌──────(h=×)    │
                        │       │         │        │        │      │
                      [f=σ]   [i=σ]   [g=tanh]   [o=σ]      │      │
                        │       │         │        │        │      │
     (h[t-1])────┬──────●───────●─────────●────────┘        └──────●────(h)
                 │
                (x)
    "
  `);
});

test("the GRU's has its state on top and the reset gate's product below", () => {
  expect(`\n${pictureOf(diagramOf(gru))}\n`).toMatchInlineSnapshot(`
    "
                                                                        (h)
                                                                         │
     (h[t-1])──●───────────────────────(×)───────────────────(h=+)───────●────(h)
               │                        │                      │
               │                        ●───────(1−)──────────(×)
               │                        │                      │
               │            ┌───────────┼────────(×)──┐        │
               │            │           │         │   │        │
               │       [   r=σ   ] [   z=σ   ]   [Σ]  │ [   n=tanh   ]
               │       │         │ │         │    │   │ │            │
               └───────┼─────────●─┼─────────●────┘   └─┼────────────┘
                       │           │                    │
                   ┌───●───────────●────────────────────┘
                   │
                  (x)
    "
  `);
});

test("the simple RNN's has no rail, and its state below", () => {
  expect(`\n${pictureOf(diagramOf(simpleRnn))}\n`).toMatchInlineSnapshot(`
    "
                         (h)
                          │
                          ●─────┐
                          │     │
                      [h=tanh]  │
                          │     │
     (h[t-1])────┬────────┘     └──(h)
                 │
                (x)
    "
  `);
});
