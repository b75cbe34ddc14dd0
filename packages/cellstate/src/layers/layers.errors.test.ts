/** What cannot work is refused where it is written, with what was given, what was expected and a mend. */
import { expect, test } from "vitest";
import { cell } from "../cell/cell.ts";
import { blocksLstm, gru, lstm, lstmp, slstm } from "../cells/index.ts";
import { type Architecture, dense, dropout, embedding, heads, inputs, recurrent, sequential } from "./layers.ts";

/** One text for many errors, so that they are read together. */
const messages = (cases: Readonly<Record<string, () => unknown>>): string =>
  Object.entries(cases)
    .map(([name, make]) => {
      try {
        make();
        return `${name}: accepted`;
      } catch (error) {
        return `${name}: ${(error as Error).name === "ArgumentError" ? "" : "?? "}${(error as Error).message}`;
      }
    })
    .join("\n");
// biome-ignore lint/suspicious/noExplicitAny: JavaScript's users have no compiler
const any = (value: unknown): any => value;

const plain = recurrent(lstm, { units: 4 });
const last = recurrent(gru, { units: 4, output: "last" });

const deep = (levels: number): Architecture =>
  sequential(levels === 0 ? dense({ units: 1 }) : heads({ a: deep(levels - 1) }));
const halves = cell("Halves", "f : blocks = W_f @ x\ng : projection = W_g @ x\nh = expand(f) * h[t-1] + P_h @ g");
test("a layer stands only where it can work", () => {
  expect(
    messages({
      "no layer": () => sequential(),
      "embedding behind a layer": () => sequential(plain, embedding({ vocabulary: 3, size: 2 })),
      "inputs behind a layer": () => sequential(plain, inputs({ a: sequential(plain) })),
      "heads before a layer": () => sequential(heads({ a: sequential(plain) }), plain),
      "an embedding in a head": () =>
        sequential(plain, heads({ a: sequential(embedding({ vocabulary: 3, size: 2 })) })),
      "inputs in a head": () => sequential(plain, heads({ a: sequential(inputs({ b: sequential(plain) })) })),
      "heads in an input": () => sequential(inputs({ a: sequential(heads({ b: sequential(plain) })) }), plain),
      "time after the last step": () => sequential(last, plain),
      "time in a head after the last step": () => sequential(last, heads({ a: sequential(dense({ units: 2 }), last) })),
      "a step joined with a sequence": () => sequential(inputs({ a: sequential(last), b: sequential(plain) }), plain),
      "300 layers": () => sequential(...Array.from({ length: 300 }, () => dense({ units: 1 }))),
      "129 layers in both directions": () => sequential(recurrent(lstm, { units: 1, layers: 129, direction: "both" })),
      "branches nine deep": () => deep(9),
      "a cell for a layer": () => sequential(any(lstm)),
      "a function that was not called": () => sequential(any(dense)),
      nothing: () => sequential(any(undefined)),
    }),
  ).toMatchInlineSnapshot(`
    "no layer: sequential: layers is 0; expected at least one layer.
      give at least one: sequential(recurrent(lstm, { units: 32 }), dense({ units: 1 })).
    embedding behind a layer: sequential: layers is embedding elsewhere; expected embedding as the first layer, where ids come in.
      reorder the layers.
    inputs behind a layer: sequential: layers is inputs elsewhere; expected inputs as the first layer.
      reorder the layers.
    heads before a layer: sequential: layers is heads elsewhere; expected heads as the last layer of all.
      reorder the layers.
    an embedding in a head: sequential: layers is embedding elsewhere; expected embedding as the first layer, where ids come in.
      reorder the layers.
    inputs in a head: sequential: layers is inputs elsewhere; expected inputs as the first layer.
      reorder the layers.
    heads in an input: sequential: layers is heads elsewhere; expected heads as the last layer of all.
      reorder the layers.
    time after the last step: sequential: layers is recurrent after output: "last"; expected layers that need no time.
      give the layer before it output: "every".
    time in a head after the last step: sequential: layers is recurrent after output: "last"; expected layers that need no time.
      give the layer before it output: "every".
    a step joined with a sequence: sequential: layers is inputs of which some end with output: "last"; expected branches that can be joined.
      end all branches with output: "last", or none.
    300 layers: sequential: layers is 300 layers; expected at most 256, all stacks and directions counted.
      no larger network has been of use; take more units.
    129 layers in both directions: sequential: layers is 258 layers; expected at most 256, all stacks and directions counted.
      no larger network has been of use; take more units.
    branches nine deep: sequential: layers is branches 9 deep; expected at most 8.
      join them one level higher.
    a cell for a layer: sequential: layers is object without a layer's kind; expected layers.
      layers are what recurrent(…), dense(…) and their like return.
    a function that was not called: sequential: layers is function without a layer's kind; expected layers.
      layers are what recurrent(…), dense(…) and their like return.
    nothing: sequential: layers is undefined without a layer's kind; expected layers.
      layers are what recurrent(…), dense(…) and their like return."
  `);
});

test("sizes and options are only what they can be", () => {
  expect(
    messages({
      "a vocabulary of 0": () => embedding({ vocabulary: 0, size: 2 }),
      "a vocabulary beyond float32's whole numbers": () => embedding({ vocabulary: 2 ** 40, size: 2 }),
      "a size of text": () => embedding({ vocabulary: 2, size: any("3") }),
      "no units": () => recurrent(lstm, any({})),
      "half a unit": () => recurrent(lstm, { units: 1.5 }),
      "300 stacked layers": () => recurrent(lstm, { units: 1, layers: 300 }),
      "a direction that is none": () => recurrent(lstm, { units: 1, direction: any("sideways") }),
      "an output that is none": () => recurrent(lstm, { units: 1, output: any("first") }),
      "all dropped": () => recurrent(lstm, { units: 1, dropout: 1 }),
      "a size that is missing": () => recurrent(lstmp, any({ units: 4 })),
      "a size that is no number": () => recurrent(lstmp, { units: 4, projection: Number.NaN }),
      "an option that is none": () => recurrent(lstm, any({ units: 4, unit: 3 })),
      "blocks that do not divide": () => recurrent(blocksLstm, { units: 4, blocks: 3 }),
      "heads that do not divide": () => recurrent(slstm, { units: 9, heads: 2 }),
      "blocks of another axis that do not divide": () => recurrent(halves, { units: 9, blocks: 2, projection: 2 }),
    }),
  ).toMatchInlineSnapshot(`
    "a vocabulary of 0: embedding: vocabulary is 0; expected a whole number from 1 to 16777216.
      for example vocabulary: 32.
    a vocabulary beyond float32's whole numbers: embedding: vocabulary is 1099511627776; expected a whole number from 1 to 16777216.
      for example vocabulary: 32.
    a size of text: embedding: size is "3"; expected a whole number from 1 to 16777216.
      for example size: 32.
    no units: recurrent: units is undefined; expected a whole number from 1 to 16777216.
      for example units: 32.
    half a unit: recurrent: units is 1.5; expected a whole number from 1 to 16777216.
      for example units: 32.
    300 stacked layers: recurrent: layers is 300; expected a whole number from 1 to 256.
      for example layers: 32.
    a direction that is none: recurrent: direction is "sideways"; expected one of "forward", "backward", "both".
      for example direction: "forward".
    an output that is none: recurrent: output is "first"; expected one of "every", "last".
      for example output: "every".
    all dropped: recurrent: dropout is 1; expected a number from 0 up to, not with, 1.
      0.2 drops a fifth of the values.
    a size that is missing: recurrent: projection is undefined; expected a size for the axis projection.
      LSTMP's equations name it; give it: { units: 4, projection: … }.
    a size that is no number: recurrent: projection is NaN; expected a whole number from 1 to 16777216.
      for example projection: 32.
    an option that is none: recurrent: unit is 3; expected one of units, layers, direction, output, dropout, zoneout, recurrentDropout, weightDrop, residual, layerNorm, start.
      leave it out, or check its name.
    blocks that do not divide: recurrent: blocks is 3; expected a divisor of units.
      units is 4; take 3, or another number of blocks.
    heads that do not divide: recurrent: heads is 2; expected a divisor of units.
      units is 9; take 10, or another number of heads.
    blocks of another axis that do not divide: recurrent: blocks is 2; expected a divisor of units.
      units is 9; take 10, or another number of blocks."
  `);
});

test("start values go only to parameters of the cell", () => {
  expect(
    messages({
      "a start for nothing": () => recurrent(lstm, { units: 4, start: { b_q: 1 } }),
      "a start that is no rule": () => recurrent(lstm, { units: 4, start: { R: any("orthogonl") } }),
      "a start that is not finite": () => recurrent(lstm, { units: 4, start: { b_f: Number.POSITIVE_INFINITY } }),
      "a rule for matrices on a bias": () => recurrent(lstm, { units: 4, start: { b: "orthogonal" } }),
      "chrono without its number": () => recurrent(lstm, { units: 4, start: { b_f: any("chrono") } }),
      "chrono on a matrix": () =>
        recurrent(lstm, { units: 4, start: { R_f: { kind: "call", name: "chrono", arguments: [9] } } }),
    }),
  ).toMatchInlineSnapshot(`
    "a start for nothing: recurrent: start is "b_q"; expected one of W, R, b, W_f, R_f, b_f, W_i, R_i, b_i, W_g, R_g, b_g, W_o, R_o, b_o.
      start values go to a role or a parameter of the cell.
    a start that is no rule: recurrent: start.R is "orthogonl"; expected a finite number or one of uniform, normal, glorot, orthogonal, identity, chrono.
      for example { b_f: 3, R: "orthogonal" }; rules with a number stand in the cell's text.
    a start that is not finite: recurrent: start.b_f is Infinity; expected a finite number or one of uniform, normal, glorot, orthogonal, identity, chrono.
      for example { b_f: 3, R: "orthogonal" }; rules with a number stand in the cell's text.
    a rule for matrices on a bias: recurrent: start.b is "orthogonal"; expected a rule for vectors.
      write a number, or uniform.
    chrono without its number: recurrent: start.b_f is "chrono"; expected chrono with the numbers it takes, above 0.
      for example { b_f: 3, R: "orthogonal" }; rules with a number stand in the cell's text.
    chrono on a matrix: recurrent: start.R_f is "chrono"; expected a rule for matrices.
      chrono starts biases."
  `);
});

test("the small layers and branches take only what they can use", () => {
  expect(
    messages({
      "dense without units": () => dense(any({})),
      "an activation that is none": () => dense({ units: 1, activation: any("softmax") }),
      "a rate of text": () => dropout({ rate: any("half") }),
      "no branch": () => heads({}),
      "a branch's name with a dot": () => inputs({ "a.b": sequential(plain) }),
      "a branch's name that every object has": () => inputs({ constructor: sequential(plain) }),
      "a layer for a branch": () => heads({ a: any(dense({ units: 2 })) }),
    }),
  ).toMatchInlineSnapshot(`
    "dense without units: dense: units is undefined; expected a whole number from 1 to 16777216.
      for example units: 32.
    an activation that is none: dense: activation is "softmax"; expected one of "none", "tanh", "sigmoid", "relu".
      for example activation: "none".
    a rate of text: dropout: rate is "half"; expected a number from 0 up to, not with, 1.
      0.2 drops a fifth of the values.
    no branch: heads: branches is {  }; expected at least one branch.
      heads({ a: sequential(…) })
    a branch's name with a dot: inputs: name is "a.b"; expected letters, digits and _, and no word of JavaScript's objects.
      it becomes part of the parameters' names.
    a branch's name that every object has: inputs: name is "constructor"; expected letters, digits and _, and no word of JavaScript's objects.
      it becomes part of the parameters' names.
    a layer for a branch: heads: a is { kind, units, activation }; expected what sequential(…) returns.
      heads({ a: sequential(…) })"
  `);
});
