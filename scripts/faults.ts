/**
 * Faults that are easy to make and hard to see, each planted alone in a copy of the sources. `tests` must turn red.
 * `find` stands exactly once in the file; if it no longer does, the fault is out of date and counts as unseen.
 */
import { trainingFaults } from "./faultsOfTraining.ts";

export interface Fault {
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** Test files, from packages/cellstate/src. */
  readonly tests: readonly string[];
}

const conformance = ["engine/conformance.test.ts"];
const torch = ["model/torch.test.ts"];
const diagram = ["cell/print/diagram.test.ts"];

export const faults: readonly Fault[] = [
  ...trainingFaults,
  {
    name: "two gates are swapped",
    file: "cells/lstm.ts",
    find: "c = f * c[t-1] + i * g",
    replace: "c = i * c[t-1] + f * g",
    tests: ["cells/torch.test.ts"],
  },
  {
    name: "tanh′ has the wrong sign",
    file: "cell/differentiate.ts",
    find: 'binary("subtract", one, times(result, result))',
    replace: 'binary("add", one, times(result, result))',
    tests: conformance,
  },
  {
    name: "sigmoid′ forgets a factor",
    file: "cell/differentiate.ts",
    find: 'times(d, times(result, binary("subtract", one, result)))',
    replace: "times(d, result)",
    tests: conformance,
  },
  {
    name: "the derivative of a quotient's denominator has the wrong sign",
    file: "cell/differentiate.ts",
    find: 'push(b, unary("negative", binary("divide", times(d, node.id), b)));',
    replace: 'push(b, binary("divide", times(d, node.id), b));',
    tests: conformance,
  },
  {
    name: "layer norm's derivative leaves out the mean of the adjoints",
    file: "cell/differentiate.ts",
    find: 'binary("add", mean, times(results.get(k)!, meanAligned))',
    replace: "times(results.get(k)!, meanAligned)",
    tests: conformance,
  },
  {
    name: "a stopped gradient flows through a product",
    file: "cell/build.ts",
    find: "transposed: false, stopped: true }",
    replace: "transposed: false, stopped: false }",
    tests: conformance,
  },
  {
    name: "the first state is missing from dR",
    file: "engine/loop.ts",
    find: "const now = starts[t]!;",
    replace: "if (t === 0) continue;\n    const now = starts[t]!;",
    tests: conformance,
  },
  {
    name: "ragged rows are masked one step late",
    file: "model/rows.ts",
    find: "sorted[count - 1]! <= t",
    replace: "sorted[count - 1]! < t",
    tests: torch,
  },
  {
    name: "reversal is off by one",
    file: "model/rows.ts",
    find: "starts[length - 1 - t]!",
    replace: "starts[Math.max(0, length - 2 - t)]!",
    tests: torch,
  },
  {
    name: "the backward direction stands left of the forward one",
    file: "model/plan.ts",
    find: "from = join(outputs);",
    replace: "from = join([...outputs].reverse());",
    tests: torch,
  },
  {
    name: "another order of summation along a row",
    file: "engine/wasm/map.ts",
    find: "combine(combine(lane(0), lane(1)), combine(lane(2), lane(3)))",
    replace: "combine(combine(combine(lane(0), lane(1)), lane(2)), lane(3))",
    tests: ["engine/wasm/map.test.ts"],
  },
  {
    name: "a product forgets its bias",
    file: "cell/panels.ts",
    find: 'const start = first.isFirst ? fresh : "add";',
    replace: 'const start = first.isFirst ? "zero" : "add";',
    tests: ["cell/print/schedule.test.ts", ...conformance],
  },
  {
    name: "an adjoint overwrites a value that is still read",
    file: "cell/storage.ts",
    find: "return usesOf(older).reads.every(({ index }) => index < first.index || (index === first.index && atOnce));",
    replace: "return atOnce || usesOf(older).reads.length >= 0;",
    tests: [...conformance, "cell/schedule.test.ts"],
  },
  {
    name: "a head's block of a matrix is read one column off",
    file: "engine/layout.ts",
    find: "(column - block * width) * LANES",
    replace: "((column + 1) % width) * LANES",
    tests: conformance,
  },
  {
    name: "a matrix is stored turned round",
    file: "model/parameters.ts",
    find: "const n = (row + lane) * columns + c;",
    replace: "const n = c * rows + row + lane;",
    tests: torch,
  },
  {
    name: "the order of an epoch does not follow from the seed",
    file: "data/windows.ts",
    find: "permutation(count, generator(seed,",
    replace: "permutation(count, generator(0,",
    tests: ["data/windows.test.ts", "train/resume.test.ts", "train/train.test.ts"],
  },
  {
    name: "exp splits its argument with a wrong ln 2",
    file: "engine/wasm/functions.ts",
    find: "const LN2_HIGH = 0.693359375;",
    replace: "const LN2_HIGH = 0.6933;",
    tests: ["engine/wasm/functions.test.ts", ...conformance],
  },
  {
    name: "overlapping tensors are accepted",
    file: "model/safetensors.ts",
    find: "if (entry.start !== end)",
    replace: "if (entry.start > end)",
    tests: ["model/safetensors.test.ts"],
  },
  {
    name: "a file is renamed before it is flushed",
    file: "model/atomic.ts",
    find: "await file.sync();",
    replace: "",
    tests: ["model/atomic.test.ts"],
  },
  {
    name: "8-bit products keep what was added to their weights",
    file: "engine/int8/dots.ts",
    find: "i32x4.sub(i32x4.sub(both.get, i32x4.shl(upper.get, 8)), own)",
    replace: "i32x4.sub(both.get, i32x4.shl(upper.get, 8))",
    tests: ["engine/int8/zoo.test.ts"],
  },
  {
    name: "a second lot of 8-bit rows reads the first one's scales",
    file: "engine/int8/kernel.ts",
    find: "w.put(scale.set(i32.add(scale.get, i32.const(height * 4))));",
    replace: "",
    tests: ["engine/int8/zoo.test.ts", "model/int8/quantize.test.ts"],
  },
  {
    name: "an 8-bit scale of a file is believed",
    file: "model/int8/files.ts",
    find: "if (own !== scale)",
    replace: "if (own > scale)",
    tests: ["model/int8/files.test.ts"],
  },
  {
    name: "a phase goes on where the step before is read of what it writes",
    file: "engine/wasm/phases.ts",
    find: ": !disturbs(storages, op, other) && !disturbs(storages, other, op)",
    replace: ": true",
    tests: ["engine/wasm/team.test.ts"],
  },
  {
    name: "two sums into one gradient are shared between threads at once",
    file: "engine/wasm/phases.ts",
    find: "? !resultsOf(op).some((name) => resultsOf(other).includes(name))",
    replace: "? true",
    tests: ["engine/wasm/team.test.ts"],
  },
  {
    name: "a thread's slice of the batch begins where another's does",
    file: "engine/wasm/timeLoop.ts",
    find: "w.put(i32.store(frame!.get, first!.get, SLOTS.slice));",
    replace: "",
    tests: ["engine/wasm/team.test.ts"],
  },
  {
    name: "the last thread's share of the rows is left out",
    file: "engine/wasm/parts.ts",
    find: "Math.floor((Math.ceil(count / unit) * share) / shares) * unit",
    replace: "Math.floor((Math.floor(count / unit) * share) / shares) * unit",
    tests: ["engine/wasm/team.test.ts"],
  },
  {
    name: "streams that are due leave their states in the batch",
    file: "model/streams.ts",
    find: 'move(index, "out");\n      read(',
    replace: "read(",
    tests: ["model/streams.test.ts"],
  },
  {
    name: "the ledger multiplies what a step wrote by what that step itself kept",
    file: "analysis/ledger.ts",
    find: "const step = row.stepOf(j);\n      visit(",
    replace:
      "const step = row.stepOf(j);\n      kept.forEach((v, u) => void (kept[u] = v * keeps[step * units + u]!));\n      visit(",
    tests: ["analysis/ledger.test.ts"],
  },
  {
    name: "a layer that runs backward in time begins where a forward one does",
    file: "analysis/layer.ts",
    find: 'const from = direction === "forward" ? step - 1 : step + 1;',
    replace: "const from = step - 1;",
    tests: ["analysis/ledger.test.ts", "analysis/arithmetic.test.ts"],
  },
  {
    name: "ties count as lost",
    file: "analysis/selectivity.ts",
    find: "wins += below + (upTo - below) / 2;",
    replace: "wins += below;",
    tests: ["analysis/selectivity.test.ts"],
  },
  {
    name: "a held-out score is the picked one again",
    file: "analysis/selectivity.ts",
    find: "withDrop(judgeOf(heldOut.values, heldOut.mask, where)(best.unit))",
    replace: "withDrop(judgeOf(picked.values, picked.mask, where)(best.unit))",
    tests: ["analysis/selectivity.test.ts"],
  },
  {
    name: "padding counts in time scales and selectivity",
    file: "analysis/series.ts",
    find: "t < (lengths?.[b] ?? T); t++) steps.push",
    replace: "t < T; t++) steps.push",
    tests: ["analysis/selectivity.test.ts", "analysis/timeScales.test.ts"],
  },
  {
    name: "a block-diagonal matrix is read from its first column",
    file: "analysis/terms.ts",
    find: "const first = Math.floor(lane / (rows / blocks)) * width;",
    replace: "const first = 0;",
    tests: ["analysis/arithmetic.test.ts"],
  },
  {
    name: "gradients by distance count from the end of the padding",
    file: "analysis/gradientByDistance.ts",
    find: "norms[b * T + lengths[b]! - 1 - d]!",
    replace: "norms[b * T + T - 1 - d]!",
    tests: ["analysis/gradientByDistance.test.ts"],
  },
  {
    name: "a trace's inputs are those of another direction",
    file: "model/trace.ts",
    find: 'const matrix = direction === "forward" ? lies : turned(core, runner, packing, lies, size);',
    replace:
      'const matrix = direction === "forward" || name === "x" ? lies : turned(core, runner, packing, lies, size);',
    tests: ["model/trace.test.ts"],
  },
  {
    name: "a checked trace is compared with itself",
    file: "analysis/check.ts",
    find: "again.trace.values[k]!.values, countOf(own)",
    replace: "own.values, countOf(own)",
    tests: ["analysis/check.test.ts"],
  },
  {
    name: "threads outlive a training that ends with an error",
    file: "engine/wasm/team.ts",
    find: "if (!lingering) await end();",
    replace: "if (!lingering && users < 0) await end();",
    tests: ["engine/wasm/team.test.ts"],
  },
  {
    name: "a diagram's wire turns where another one runs",
    file: "cell/print/diagram/search.ts",
    find: "for (let k = 0; k < 4; k++) if (wire(p, k) > 0) return NEVER;",
    replace: "",
    tests: diagram,
  },
  {
    name: "a diagram's rail leaves out its last factor",
    file: "cell/print/diagram/parts.ts",
    find: "for (const factor of factors) add",
    replace: "for (const factor of factors.slice(0, -1)) add",
    tests: diagram,
  },
  {
    name: "a diagram's difference is taken the wrong way round",
    file: "cell/print/diagram/parts.ts",
    find: "[build(e.left), build(e.right)]",
    replace: "[build(e.right), build(e.left)]",
    tests: ["analysis/diagramLabels.test.ts"],
  },
  {
    name: "a diagram's wires pass too near to its nodes",
    file: "cell/print/diagram/positions.ts",
    find: "a.isPart || b.isPart ? mixed : wires",
    replace: "a.isPart || b.isPart ? 0 : wires",
    tests: diagram,
  },
  {
    name: "a task asks for its answer a step late",
    file: "data/tasks/embeddedReber.ts",
    find: "answerAt: ids.length - 3,",
    replace: "answerAt: ids.length - 2,",
    tests: ["data/tasks/embeddedReber.test.ts"],
  },
];
