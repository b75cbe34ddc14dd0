/** The page of a schedule: the LSTM's whole, others' where they differ. */
import { expect, test } from "vitest";
import { zoo } from "../../cells/index.ts";
import { cell } from "../cell.ts";
import { lookUpOf } from "../lookUp.ts";
import type { Schedule } from "../operations.ts";
import { schedule } from "../schedule.ts";
import { printSchedule } from "./schedule.ts";

const sizes = { input: 64, units: 128 };

test("the LSTM's page", () => {
  expect(`\n${printSchedule(schedule(zoo.lstm), sizes)}`).toMatchInlineSnapshot(`
    "
    LSTM   input 64, units 128
    output h; carried from step to step: c, h
    linear: c = a * c[t-1] + b, a = f, b = i * g

    buffers
      x         input   every step          given
      f         units   every step          kept      {Σf Σi Σg Σo} 0, in place of Σf
      i         units   every step          kept      {Σf Σi Σg Σo} 1, in place of Σi
      g         units   every step          kept      {Σf Σi Σg Σo} 2, in place of Σg
      c         units   every step, first   result
      o         units   every step          kept      {Σf Σi Σg Σo} 3, in place of Σo
      h         units   every step, first   result
      Σf        units   every step          scratch   {Σf Σi Σg Σo} 0
      Σi        units   every step          scratch   {Σf Σi Σg Σo} 1
      Σg        units   every step          scratch   {Σf Σi Σg Σo} 2
      Σo        units   every step          scratch   {Σf Σi Σg Σo} 3
      δh        units   every step          given
      δc[t+1]   units   step to step        result
      δh[t+1]   units   step to step        result
      δΣf       units   every step          scratch   {Σf Σi Σg Σo} 0, in place of f
      δΣi       units   every step          scratch   {Σf Σi Σg Σo} 1, in place of i
      δΣg       units   every step          scratch   {Σf Σi Σg Σo} 2, in place of g
      δΣo       units   every step          scratch   {Σf Σi Σg Σo} 3, in place of o
      δx        input   every step          result

    parameters, as they lie
      W_f W_i W_g W_o   matrix   [units, input]
      R_f R_i R_g R_o   matrix   [units, units]
      b_f b_i b_g b_o   vector   [units]

    forward, the first values, once for each sequence
      map       c[0] = 0
                h[0] = 0

    forward, before the loop, all rows at once
      product   Σf Σi Σg Σo = [b_f b_i b_g b_o] + [W_f W_i W_g W_o] @ x

    forward, each step, t = 0 … T-1
      product   Σf Σi Σg Σo += [R_f R_i R_g R_o] @ h[t-1]
      map       f = sigmoid(Σf)
                i = sigmoid(Σi)
                g = tanh(Σg)
                c = f * c[t-1] + i * g
                o = sigmoid(Σo)
                h = o * tanh(c)

    backward, each step, t = T-1 … 0
      map       v₁ = δh + δh[t+1]
                v₂ = tanh(c)
                v₃ = δc[t+1] + v₁ * o * (1 - v₂ * v₂)
                δΣf = v₃ * c[t-1] * (f * (1 - f))
                δΣi = v₃ * g * (i * (1 - i))
                δΣg = v₃ * i * (1 - g * g)
                δΣo = v₁ * v₂ * (o * (1 - o))
                δc[t+1] = v₃ * f
      product   δh[t+1] = [R_f R_i R_g R_o]ᵀ @ [δΣf δΣi δΣg δΣo]

    backward, after the loop, all rows at once
      product   δx = [W_f W_i W_g W_o]ᵀ @ [δΣf δΣi δΣg δΣo]
      sum       ∇b_f += δΣf
      sum       ∇b_i += δΣi
      sum       ∇b_g += δΣg
      sum       ∇b_o += δΣo
      gradient  ∇W_f ∇W_i ∇W_g ∇W_o += [δΣf δΣi δΣg δΣo]ᵀ · x
      gradient  ∇R_f ∇R_i ∇R_g ∇R_o += [δΣf δΣi δΣg δΣo]ᵀ · h[t-1]

    figures, for each row of a step
      kept for backward      6 for each unit: f i g c o h; 3072 bytes
      numbers stored         6·units + input = 832; 3328 bytes
      product FLOP           forward 8·units·input + 8·units² = 196608; backward 16·units² + 16·units·input = 393216
      of these in the loop   forward 8·units² = 131072; backward 8·units² = 131072
      other operations       forward 9·units = 1152; backward 28·units = 3584
      calls in a step        forward 2; backward 2
      parameters             4·units·input + 4·units² + 4·units = 98816; 395264 bytes
    "
  `);
});

/** The part of a page between two of its headings. */
const part = (page: string, from: string): string => {
  const start = page.indexOf(from);
  return `\n${page.slice(start, page.indexOf("\n\n", start))}\n`;
};

test("a product that starts from biases, one that adds on, and blocks on the diagonal", () => {
  expect(part(printSchedule(schedule(zoo.gru)), "forward, each step")).toMatchInlineSnapshot(`
    "
    forward, each step, t = 0 … T-1
      product   Σn' = d_n + R_n @ h[t-1]
      product   Σr Σz += [R_r R_z] @ h[t-1]
      map       r = sigmoid(Σr)
                z = sigmoid(Σz)
                n = tanh(Σn + r * Σn')
                h = z * h[t-1] + (1 - z) * n
    "
  `);
  expect(part(printSchedule(schedule(zoo.slstm)), "forward, each step")).toMatchInlineSnapshot(`
    "
    forward, each step, t = 0 … T-1
      product   u Σv Σg Σo += [R_i R_f R_g R_o] @ h[t-1]   (blocks: heads)
      map       v = logsigmoid(Σv)
                v₁ = v + m[t-1]
                m = max(v₁, u)
                i = exp(u - m)
                f = exp(v₁ - m)
                g = tanh(Σg)
                o = sigmoid(Σo)
                c = f * c[t-1] + i * g
                n = f * n[t-1] + i
                h = o * c / n
    "
  `);
});

test("the LSTM's operations on an embedding, once for each entry, and the way to the rows and back", () => {
  const { entries, moves } = lookUpOf(schedule(zoo.lstm))!;
  const operations = (page: string) => page.slice(page.indexOf("\nforward,"), page.indexOf("\nfigures"));
  expect(operations(printSchedule(entries))).toMatchInlineSnapshot(`
    "
    forward, before the loop, all rows at once
      product   Σf Σi Σg Σo = [b_f b_i b_g b_o] + [W_f W_i W_g W_o] @ x

    backward, after the loop, all rows at once
      product   δx += [W_f W_i W_g W_o]ᵀ @ [δΣf δΣi δΣg δΣo]
      gradient  ∇W_f ∇W_i ∇W_g ∇W_o += [δΣf δΣi δΣg δΣo]ᵀ · x
    "
  `);
  expect(moves.map((move) => operations(printSchedule(move.schedule))).join()).toMatchInlineSnapshot(`
    "
    forward, before the loop, all rows at once
      gather    Σf = entries[x]

    backward, after the loop, all rows at once
      scatter   ∇entries[x] += δΣf
    "
  `);
});

test("a value that is overwritten while its older one is still wanted gets a name first", () => {
  const code = [
    { op: "read", axis: "units", from: 0 },
    { op: "read", axis: "units", from: 1 },
    { op: "binary", axis: "units", function: "add", a: 0, b: 1 },
    { op: "write", axis: "units", to: 0, a: 2 },
    { op: "binary", axis: "units", function: "multiply", a: 0, b: 2 },
    { op: "write", axis: "units", to: 1, a: 4 },
  ] as const;
  const [a, b, c] = ["a", "b", "c"].map((name) => ({ name, time: "now" }) as const);
  const map = { op: "map", reads: [a!, b!], writes: [a!, c!], code, needs: "lane" } as const;
  const nothing = { first: [], before: [], each: [], after: [], direction: 1 } as const;
  const own: Schedule = {
    name: "Own",
    buffers: [],
    parameters: [],
    states: [],
    output: "",
    forward: { ...nothing, before: [map] },
    linear: {},
  };
  expect(part(printSchedule(own), "forward")).toMatchInlineSnapshot(`
    "
    forward, before the loop, all rows at once
      map       v₁ = a
                v₂ = v₁ + b
                a = v₂
                c = v₁ * a
    "
  `);
});

test("a sum's own line ends in the parameter's gradient", () => {
  const one = cell("Vectors", "h = tanh(W_h @ x + u_h * h[t-1] + b_h)\nh[0] = k_h");
  expect(part(printSchedule(schedule(one)), "backward, after")).toMatchInlineSnapshot(`
    "
    backward, after the loop, all rows at once
      product   δx = W_hᵀ @ δΣh
      sum       ∇b_h += δΣh
      sum       ∇u_h += δΣh * h[t-1]
      gradient  ∇W_h += δΣhᵀ · x
    "
  `);
  expect(part(printSchedule(schedule(one)), "backward, the first")).toMatchInlineSnapshot(`
    "
    backward, the first values, once for each sequence
      sum       ∇k_h += δh[t+1]
    "
  `);
});

test.each(Object.entries(zoo))(
  "every name on the page of %s is a buffer, a parameter or a value of its map",
  (_, one) => {
    const made = schedule(one);
    const page = printSchedule(made, { input: 3, units: 4, projection: 2, blocks: 2, heads: 2 });
    expect(page).not.toMatch(/undefined|NaN|\[object/);
    const known = new Set([...made.buffers.map((b) => b.name), ...made.parameters.map((p) => p.name)]);
    const passes = page.slice(page.indexOf("\nforward"), page.indexOf("\nfigures"));
    for (const line of passes.split("\n").filter((l) => / (=|\+=) /.test(l))) {
      for (const name of line.slice(12).matchAll(/∇?[δΣ∘μ]*[A-Za-z_]*['₀-₉]*(\[t\+1\])?/g)) {
        const bare = name[0].replace("∇", "");
        if (/^[δΣ∘μ]/.test(bare) || bare.includes("_")) expect(known).toContain(bare);
      }
    }
  },
);
