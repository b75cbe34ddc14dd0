/** Faults of deep networks: ties, ways around layers, prices on activations. */
import type { Fault } from "./fault.ts";

const deep = ["model/deep/torch.test.ts"];
const tied = ["model/deep/tied.test.ts"];
const activity = ["train/activity.test.ts"];

export const deepFaults: readonly Fault[] = [
  {
    name: "a way around a layer has no way back",
    file: "model/runner.ts",
    find: "for (const edge of stage.from) push(edge, from);",
    replace: "push(stage.from[1]!, from);",
    tests: deep,
  },
  {
    name: "a sum of rows keeps the second alone",
    file: "model/runner.ts",
    find: 'const add = stage.kind === "add" && k > 0;',
    replace: "const add = false;",
    tests: deep,
  },
  {
    name: "what a residual adds has gone through the layer norm",
    file: "model/plan.ts",
    find: "deep!.skip(planner, layer, from, to, isLast)",
    replace: "deep!.skip(planner, layer, input, to, isLast)",
    tests: deep,
  },
  {
    name: "the last output backward is added to the last input",
    file: "model/deep/plan.ts",
    find: 'isLast && layer.direction === "backward"',
    replace: "false",
    tests: deep,
  },
  {
    name: "a tied table is looked up where a plain one's rows would lie",
    file: "engine/wasm/rows.ts",
    find: 'const isPaneled = parameter.kind === "matrix";',
    replace: "const isPaneled = false;",
    tests: tied,
  },
  {
    name: "the adjoints of a tied table's entries pile up from batch to batch",
    file: "model/lookUp.ts",
    find: "if (tied) context.memory().fill(0, tied.adjoints.address, tied.adjoints.address + tied.adjoints.length);",
    replace: "",
    tests: deep,
  },
  {
    name: "a tied table is a parameter twice",
    file: "model/parameters.ts",
    find: 'if (stage.tied !== undefined && parameter.kind === "matrix") continue;',
    replace: "",
    tests: tied,
  },
  {
    name: "the mean of changes counts first steps",
    file: "model/deep/penalties.ts",
    find: 'one.over === "rows" ? steps : steps - batch',
    replace: "steps",
    tests: activity,
  },
  {
    name: "a price on activations is paid without training",
    file: "model/deep/plan.ts",
    find: "if (!planner.isTraining) return from;",
    replace: "",
    tests: activity,
  },
  {
    name: "an embedding that is watched is not computed where it is looked up",
    file: "model/lookUp.ts",
    find: "...penalties.map((p) => p.from)",
    replace: "",
    tests: activity,
  },
  {
    name: "an output that is watched goes to the loss in blocks",
    file: "model/heads.ts",
    find: " || penalties.some((p) => p.from === edge)",
    replace: "",
    tests: activity,
  },
];
