/** Faults in noise: draws, masks, dropped weights. */
import type { Fault } from "./fault.ts";

const noise = ["train/noise.test.ts", "train/noise.torch.test.ts"];

export const noiseFaults: readonly Fault[] = [
  {
    name: "noise: a sequence's mask changes from step to step",
    file: "cell/build.ts",
    find: "perSequence: e.perSequence === true",
    replace: "perSequence: false",
    tests: ["engine/conformance.test.ts"],
  },
  {
    name: "noise: a draw is 1 with the probability of a 0",
    file: "cell/build.ts",
    find: 'return unary("step", binary("subtract", number(Math.fround(p)), noise));',
    replace: 'return unary("step", binary("subtract", noise, number(Math.fround(p))));',
    tests: ["engine/conformance.test.ts"],
  },
  {
    name: "noise: two draws of a cell are one",
    file: "cell/draws.ts",
    find: "[draw, k]",
    replace: "[draw, k >> 1]",
    tests: noise,
  },
  {
    name: "noise: layers draw the same",
    file: "model/runner.ts",
    find: "stage.noise === 0 ? key : key ^ mix(stage.noise)",
    replace: "key",
    tests: noise,
  },
  {
    name: "noise: every update draws the same",
    file: "model/runner.ts",
    find: "step >>> 0] as const",
    replace: "step * 0] as const",
    tests: noise,
  },
  {
    name: "noise: a sequence's mask goes by who is longest",
    file: "model/noise.ts",
    find: "memory[address + start + b] = order[b]!",
    replace: "memory[address + start + b] = order[b]! * 0 + b",
    tests: ["train/noise.test.ts"],
  },
  {
    name: "noise: an id's mask goes by the row",
    file: "layers/noisePrograms.ts",
    find: '{ by: read(reads[1]!, "one") }',
    replace: '(read(reads[1]!, "one"), {})',
    tests: noise,
  },
  {
    name: "noise: dropped weights have a gradient",
    file: "layers/noisePrograms.ts",
    find: "masked(from, into, { rate, purpose: 0 }, adds)",
    replace: "masked(from, into, { rate: adds ? 0 : rate, purpose: 0 }, adds)",
    tests: ["train/noise.torch.test.ts"],
  },
  {
    name: "noise: gradients of dropped weights pile up from update to update",
    file: "model/dropWeights.ts",
    find: "if (backward) space.floats(regions.gradients).fill(0);",
    replace: "",
    tests: ["train/noise.torch.test.ts"],
  },
  {
    name: "noise: the backward pass of a layer with dropped weights reads the model's own",
    file: "model/runner.ts",
    find: "dropped.get(stage)?.regions ?? regionsOf(parameters, stage)",
    replace: "regionsOf(parameters, stage)",
    tests: ["train/noise.torch.test.ts"],
  },
  {
    name: "noise: zoneout lets a state read what another keeps, not what it proposes",
    file: "layers/noise.ts",
    find: 'const proposal = e.kind === "name" && !e.previous ? proposals.get(e.name) : undefined;',
    replace: "const proposal = undefined;",
    tests: ["train/noise.torch.test.ts"],
  },
  {
    name: "noise: zoneout keeps what it should change",
    file: "layers/noise.ts",
    find: 'const past = binary("*", name(z), name(state, true));',
    replace: 'const past = binary("*", binary("-", number(1), name(z)), name(state, true));',
    tests: ["train/noise.torch.test.ts"],
  },
  {
    name: "noise: a mask is not scaled",
    file: "layers/noise.ts",
    find: 'binary("/", bernoulli(kept, true), number(kept))',
    replace: "bernoulli(kept, true)",
    tests: ["train/noise.torch.test.ts"],
  },
  {
    name: "noise: what is not trained draws too",
    file: "cell/build.ts",
    find: "if (!training) return number(p);",
    replace: "",
    tests: ["cell/draws.test.ts"],
  },
  {
    name: "noise: an older version may read a file with zoneout",
    file: "model/bytes.ts",
    find: "zoneout|weightDrop",
    replace: "zone|weightDrop",
    tests: ["model/noiseFiles.test.ts"],
  },
];
