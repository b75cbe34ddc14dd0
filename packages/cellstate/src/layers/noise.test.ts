/** A layer's noise as equations: what is printed, for any cell, and what is refused. */
import { describe, expect, test } from "vitest";
import { type Cell, cell } from "../cell/cell.ts";
import { drawsOf } from "../cell/draws.ts";
import { cellDiagram } from "../cell/print/diagram.ts";
import { cellMarkup } from "../cell/print/markup.ts";
import { printCell } from "../cell/print/text.ts";
import { schedule } from "../cell/schedule.ts";
import { blocksLstm, gruBefore, indRnn, lstm, lstm1997Truncated, lstmp, minGru, zoo } from "../cells/index.ts";
import { type RecurrentLayer, recurrent } from "./layers.ts";
import { noisyCell } from "./noise.ts";

/** The equations alone, without what `printCell` adds as comments. */
const equations = (layer: RecurrentLayer): string => printCell(noisyCell(layer)).split("\n\n#")[0]!;

test("zoneout lets each state keep its value, after all have proposed theirs from one another's proposals", () => {
  expect(equations(recurrent(lstm, { units: 4, zoneout: { c: 0.5, h: 0.05 } }))).toMatchInlineSnapshot(`
    "f = sigmoid(W_f @ x + R_f @ h[t-1] + b_f)     # forget gate: how much of the old cell state to keep
    i = sigmoid(W_i @ x + R_i @ h[t-1] + b_i)     # input gate: how much of the candidate to write
    g = tanh(W_g @ x + R_g @ h[t-1] + b_g)        # candidate cell state
    nc = f * c[t-1] + i * g                       # cell state: the long-term memory
    zc = bernoulli(0.5)                           # zoneout: where it is 1, c keeps its value
    c = zc * c[t-1] + (1 - zc) * nc               # zoneout: what is kept of c
    o = sigmoid(W_o @ x + R_o @ h[t-1] + b_o)     # output gate: how much of the cell state to show
    zh = bernoulli(0.05)                          # zoneout: where it is 1, h keeps its value
    h = zh * h[t-1] + (1 - zh) * (o * tanh(nc))   # hidden state: the short-term memory, the output
    b_f ~ 1"
  `);
});

test("recurrent dropout stands in every product that reads a state, weight drop on its matrices' role", () => {
  const noise = { recurrentDropout: 0.3, weightDrop: 0.5 };
  expect(equations(recurrent(gruBefore, { units: 4, ...noise }))).toMatchInlineSnapshot(`
    "R : dropped(0.5)
    mh = bernoulli(0.7, sequence) / 0.7                   # recurrent dropout: 0 or 1/0.7, the same for all steps of a sequence
    r = sigmoid(W_r @ x + R_r @ (h[t-1] * mh) + b_r)      # reset gate
    z = sigmoid(W_z @ x + R_z @ (h[t-1] * mh) + b_z)      # update gate
    n = tanh(W_n @ x + R_n @ (r * (h[t-1] * mh)) + b_n)   # candidate
    h = z * h[t-1] + (1 - z) * n                          # hidden state
    R ~ orthogonal"
  `);
});

test("a state reached through a name, on another axis, or with headings and blocks is treated alike", () => {
  const noise = { zoneout: 0.1, recurrentDropout: 0.25, weightDrop: 0.5 };
  const layers = [
    recurrent(lstm1997Truncated, { units: 4, ...noise }),
    recurrent(lstmp, { units: 4, projection: 3, ...noise }),
    recurrent(blocksLstm, { units: 4, blocks: 2, ...noise }),
  ];
  expect(layers.map(equations).join("\n\n")).toMatchInlineSnapshot(`
    "R : dropped(0.5)
    mh = bernoulli(0.75, sequence) / 0.75                      # recurrent dropout: 0 or 1/0.75, the same for all steps of a sequence
    r = stopgradient(h[t-1])                                   # no error goes back this way
    i = sigmoid(W_i @ x + R_i @ (r * mh) + b_i)                # input gate
    o = sigmoid(W_o @ x + R_o @ (r * mh) + b_o)                # output gate
    g = 4 * sigmoid(W_g @ x + R_g @ (r * mh) + b_g) - 2        # candidate
    nc = c[t-1] + i * g                                        # cell state: the constant error carousel
    zc = bernoulli(0.1)                                        # zoneout: where it is 1, c keeps its value
    c = zc * c[t-1] + (1 - zc) * nc                            # zoneout: what is kept of c
    zh = bernoulli(0.1)                                        # zoneout: where it is 1, h keeps its value
    h = zh * h[t-1] + (1 - zh) * (o * (2 * sigmoid(nc) - 1))   # hidden state
    b_i, b_o ~ -1

    R : dropped(0.5)
    mh : projection = bernoulli(0.75, sequence) / 0.75               # recurrent dropout: 0 or 1/0.75, the same for all steps of a sequence
    f = sigmoid(W_f @ x + R_f @ (h[t-1] * mh) + b_f)                 # forget gate
    i = sigmoid(W_i @ x + R_i @ (h[t-1] * mh) + b_i)                 # input gate
    g = tanh(W_g @ x + R_g @ (h[t-1] * mh) + b_g)                    # candidate
    nc = f * c[t-1] + i * g                                          # cell state
    zc = bernoulli(0.1)                                              # zoneout: where it is 1, c keeps its value
    c = zc * c[t-1] + (1 - zc) * nc                                  # zoneout: what is kept of c
    o = sigmoid(W_o @ x + R_o @ (h[t-1] * mh) + b_o)                 # output gate
    zh : projection = bernoulli(0.1)                                 # zoneout: where it is 1, h keeps its value
    h : projection = zh * h[t-1] + (1 - zh) * P_h @ (o * tanh(nc))   # hidden state: the projected output
    b_f ~ 1

    R : dropped(0.5)
    mh = bernoulli(0.75, sequence) / 0.75                       # recurrent dropout: 0 or 1/0.75, the same for all steps of a sequence
    f : blocks = sigmoid(W_f @ x + R_f @ (h[t-1] * mh) + b_f)   # forget gate, one for each block
    i : blocks = sigmoid(W_i @ x + R_i @ (h[t-1] * mh) + b_i)   # input gate
    g = tanh(W_g @ x + R_g @ (h[t-1] * mh) + b_g)               # candidate, one for each cell
    nc = expand(f) * c[t-1] + expand(i) * g                     # cell state
    zc = bernoulli(0.1)                                         # zoneout: where it is 1, c keeps its value
    c = zc * c[t-1] + (1 - zc) * nc                             # zoneout: what is kept of c
    o : blocks = sigmoid(W_o @ x + R_o @ (h[t-1] * mh) + b_o)   # output gate
    zh = bernoulli(0.1)                                         # zoneout: where it is 1, h keeps its value
    h = zh * h[t-1] + (1 - zh) * (expand(o) * tanh(nc))         # hidden state
    b_f ~ 1"
  `);
});

test("a stranger's cell: names that are taken, several results, a value per row, an output that reads what is kept", () => {
  const strange = cell(
    "Strange",
    `
    mh = tanh(W_a @ x + R_a @ h[t-1] + R_b @ (0.5 * h[t-1]))   # takes the first mask's name
    a, h = layernorm(mh + b_a, W_b @ x)
    m : one = 0.9 * m[t-1] + mean(a)                           # a value per row
    q = W_q @ h + m[t-1]
    y = q + a * m
  `,
  );
  expect(
    equations(recurrent(strange, { units: 4, zoneout: 0.2, recurrentDropout: 0.5, weightDrop: 0.4 })),
  ).toMatchInlineSnapshot(`
    "R : dropped(0.4)
    mmh = bernoulli(0.5, sequence) / 0.5                                       # recurrent dropout: 0 or 1/0.5, the same for all steps of a sequence
    mh = tanh(W_a @ x + R_a @ (h[t-1] * mmh) + R_b @ (0.5 * (h[t-1] * mmh)))   # takes the first mask's name
    a, nh = layernorm(mh + b_a, W_b @ x)
    zh = bernoulli(0.2)                                                        # zoneout: where it is 1, h keeps its value
    h = zh * h[t-1] + (1 - zh) * nh                                            # zoneout: what is kept of h
    zm : one = bernoulli(0.2)                                                  # zoneout: where it is 1, m keeps its value
    m : one = zm * m[t-1] + (1 - zm) * (0.9 * m[t-1] + mean(a))                # a value per row
    q = W_q @ h + m[t-1]
    y = q + a * m"
  `);
});

describe.each(Object.entries(zoo))("%s", (_, one) => {
  const sizes = Object.fromEntries(one.facts.axes.map((axis) => [axis, 4]));
  const layer = (noise: object) => recurrent(one, { units: 12, ...sizes, ...noise } as never);
  const options = [{ zoneout: 0.1 }, { recurrentDropout: 0.3 }, { weightDrop: 0.5 }];

  test("reads back as the same cell, with the parameters it had", () => {
    for (const noise of options) {
      if (!/[RU]_\w+ @/.test(one.text) && noise.zoneout === undefined) continue;
      const noisy = noisyCell(layer(noise));
      const again = cell(noisy.name, printCell(noisy));
      expect(printCell(again)).toBe(printCell(noisy));
      expect(noisy.facts.parameters).toEqual(one.facts.parameters);
      expect(noisy.facts.states).toEqual(one.facts.states);
      expect(noisy.text).not.toBe(one.text);
    }
  });

  test("without noise, and outside training without zoneout, is the cell itself", () => {
    for (const noise of [{}, { zoneout: 0 }]) expect(noisyCell(layer(noise)).text).toBe(one.text);
    if (!/[RU]_\w+ @/.test(one.text)) return;
    const noise = { recurrentDropout: 0.3, weightDrop: 0.5, dropout: 0.2 };
    expect(noisyCell(layer(noise), { training: false }).text).toBe(one.text);
  });
});

test("diagrams and markup show every cell of the zoo with its noise", () => {
  for (const [name, one] of Object.entries(zoo)) {
    const sizes = Object.fromEntries(one.facts.axes.map((axis) => [axis, 4]));
    const noise = { zoneout: 0.1, ...(/[RU]_\w+ @/.test(one.text) && { recurrentDropout: 0.3 }) };
    const noisy = noisyCell(recurrent(one, { units: 12, ...sizes, ...noise } as never));
    const labels = cellDiagram(noisy).nodes.map(({ label }) => label);
    // each draw is a node of its own, also where two read alike
    expect(labels.filter((label) => label.includes("noise")).length, name).toBe(drawsOf(noisy.syntax).size);
    expect(cellMarkup(noisy).match(/<mi>bernoulli<\/mi>/g), name).toHaveLength(drawsOf(noisy.syntax).size);
  }
});

test("with zoneout a linear state keeps what stays as it was, and what the cell keeps of the rest", () => {
  const of = (one: Cell) => schedule(noisyCell(recurrent(one, { units: 4, zoneout: 0.5 }), { training: false })).linear;
  expect(of(zoo.lstm)).toEqual({
    c: { a: "zc + (1 - zc) * f", b: "(1 - zc) * (i * g)" },
    h: { a: "zh", b: "(1 - zh) * (o * tanh(nc))" },
  });
  expect(of(zoo.gru)).toEqual({ h: { a: "zh + (1 - zh) * z", b: "(1 - zh) * ((1 - z) * n)" } });
  expect(of(zoo.simpleRnn)).toEqual({});
});

test("weight drop leaves to a cell what it drops itself", () => {
  const text = "h = tanh(W_a @ x + R_a @ h[t-1] + R_b @ (x * h[t-1]) + U_a @ h[t-1])";
  const lines = (own: string): string[] => {
    const layer = recurrent(cell("Own", `${own}\n${text}`), { units: 4, weightDrop: 0.5 });
    return equations(layer).match(/^\w+ : dropped.*$/gm)!;
  };
  expect(lines("W : dropped(0.1)")).toEqual(["W : dropped(0.1)", "R : dropped(0.5)", "U : dropped(0.5)"]);
  expect(lines("R : dropped(0.2)")).toEqual(["R : dropped(0.2)", "U : dropped(0.5)"]);
  expect(lines("R_b : dropped(0)\nU_a : dropped(0.3)").slice(0, 3).sort()).toEqual([
    "R : dropped(0.5)",
    "R_b : dropped(0)",
    "U_a : dropped(0.3)",
  ]);
});

test("a mask divided by its mean is 1 outside training, and leaves nothing in the schedule", () => {
  const plain = "h = tanh(W_h @ x + R_h @ h[t-1] + b_h)";
  const masked = plain.replace("h[t-1]", "(h[t-1] * (bernoulli(0.7, sequence) / 0.7))");
  expect(schedule(cell("A", masked))).toEqual(schedule(cell("A", plain)));
  expect(schedule(cell("A", masked), { training: true })).not.toEqual(schedule(cell("A", plain)));
});

test("what a layer's noise cannot do is refused with the reason", () => {
  const any = (value: unknown): never => value as never;
  const stateless = cell("Stateless", "h = tanh(W_h @ x)");
  const cases: Record<string, () => unknown> = {
    "a rate of 1": () => recurrent(lstm, { units: 4, zoneout: 1 }),
    "a rate that is no number": () => recurrent(lstm, { units: 4, recurrentDropout: any("0.1") }),
    "a negative rate": () => recurrent(lstm, { units: 4, weightDrop: -0.1 }),
    "a state's rate of 2": () => recurrent(lstm, { units: 4, zoneout: { h: 2 } }),
    "no state": () => recurrent(lstm, { units: 4, zoneout: { o: 0.1 } }),
    "a cell without states": () => recurrent(stateless, { units: 4, zoneout: { h: 0.1 } }),
    nothing: () => recurrent(lstm, { units: 4, zoneout: any(null) }),
    "no matrix to mask": () => recurrent(indRnn, { units: 4, recurrentDropout: 0.1 }),
    "no matrix to drop": () => recurrent(minGru, { units: 4, weightDrop: 0.1 }),
  };
  const messages = Object.entries(cases).map(([name, make]) => {
    try {
      make();
    } catch (error) {
      return `${name}: ${(error as Error).name === "ArgumentError" ? "" : "?? "}${(error as Error).message}`;
    }
    return `${name}: accepted`;
  });
  expect(messages.join("\n")).toMatchInlineSnapshot(`
    "a rate of 1: recurrent: zoneout is 1; expected a number from 0 up to, not with, 1.
      0.2 drops a fifth of the values.
    a rate that is no number: recurrent: recurrentDropout is "0.1"; expected a number from 0 up to, not with, 1.
      0.2 drops a fifth of the values.
    a negative rate: recurrent: weightDrop is -0.1; expected a number from 0 up to, not with, 1.
      0.2 drops a fifth of the values.
    a state's rate of 2: recurrent: zoneout.h is 2; expected a number from 0 up to, not with, 1.
      0.2 drops a fifth of the values.
    no state: recurrent: zoneout is "o"; expected states of LSTM: c, h.
      zoneout keeps values from step to step; give it for states alone.
    a cell without states: recurrent: zoneout is "h"; expected states of Stateless: it has none.
      zoneout keeps values from step to step; give it for states alone.
    nothing: recurrent: zoneout is null; expected a number from 0 up to, not with, 1.
      0.2 drops a fifth of the values.
    no matrix to mask: recurrent: recurrentDropout is 0.1; expected 0: no matrix of IndRNN multiplies a state's value before the step.
      leave it out, or take zoneout.
    no matrix to drop: recurrent: weightDrop is 0.1; expected 0: no matrix of minGRU multiplies a state's value before the step.
      leave it out, or take zoneout."
  `);
});
