/** Faults in what reads files from strangers, and in connectionist temporal classification. */
import type { Fault } from "./fault.ts";

const ctc = ["train/ctc/ctc.test.ts", "train/ctc/decode.test.ts"];
const verdicts = ["model/safetensors.verdicts.test.ts"];
const files = ["model/bytes.errors.test.ts"];

export const fileFaults: readonly Fault[] = [
  {
    name: "ctc skips the blank between two labels that are the same",
    file: "train/ctc/alignments.ts",
    find: "s % 2 === 1 && s > 1 && label !== said[s - 2]",
    replace: "s % 2 === 1 && s > 1",
    tests: ctc,
  },
  {
    name: "ctc looks back over blanks that its gradient does not",
    file: "train/ctc/alignments.ts",
    find: "if (skips[s + 2] === 1)",
    replace: "if (skips[s] === 1)",
    tests: ctc,
  },
  {
    name: "ctc ends in the last label alone",
    file: "train/ctc/alignments.ts",
    find: "logAdd(alpha[end]!, alpha[end - 1]!)",
    replace: "alpha[end - 1]!",
    tests: ctc,
  },
  {
    name: "ctc is not divided by the number of labels",
    file: "train/ctc/ctc.ts",
    find: "return value / count;",
    replace: "return value;",
    tests: ctc,
  },
  {
    name: "ctc gives up one step too late",
    file: "train/ctc/ctc.ts",
    find: "needed <= steps ||",
    replace: "needed <= steps + 1 ||",
    tests: ctc,
  },
  {
    name: "ctc's gradient forgets the sequence's weight",
    file: "model/sequenceHead.ts",
    find: "memory[at] = share * adjoint[k]!;",
    replace: "memory[at] = adjoint[k]! / given.length;",
    tests: ctc,
  },
  {
    name: "ctc judges before all rows are there",
    file: "model/sequenceHead.ts",
    find: "if (from + count < packing.total) return;",
    replace: "",
    tests: ctc,
  },
  {
    name: "a beam counts a repeated label without a blank between",
    file: "train/ctc/decode.ts",
    find: "(k === last ? inBlank : both)",
    replace: "both",
    tests: ctc,
  },
  {
    name: "a file may have a hole between two tensors",
    file: "model/safetensors.ts",
    find: "if (entry.start !== end)",
    replace: "if (entry.start < end)",
    tests: verdicts,
  },
  {
    name: "a file's shape may overflow",
    file: "model/safetensors.ts",
    find: "if (count > LARGEST) return undefined;",
    replace: "",
    tests: verdicts,
  },
  {
    name: "a file's tensor may end within a byte",
    file: "model/safetensors.ts",
    find: "|| bits % 8n !== 0n",
    replace: "",
    tests: verdicts,
  },
  {
    name: "a file's second tensor of a name replaces the first",
    file: "model/safetensors-header.ts",
    find: "if (entries.has(key))",
    replace: "if (key === '')",
    tests: verdicts,
  },
  {
    name: "a file's header may be as long as it likes",
    file: "model/safetensors.ts",
    find: "if (headerLength > HEADER_LIMIT)",
    replace: "if (headerLength > 2 * HEADER_LIMIT)",
    tests: verdicts,
  },
  {
    name: "a file's sizes need no weights",
    file: "model/bytes.ts",
    find: "if (row > most)",
    replace: "if (row < 0)",
    tests: files,
  },
  {
    name: "a file's weights may be infinite",
    file: "model/bytes.ts",
    find: "!Number.isFinite(Math.fround(v))",
    replace: "Number.isNaN(v)",
    tests: files,
  },
  {
    name: "a file's depth overflows the sentence of its error",
    file: "errors.ts",
    find: "depth > 2 ?",
    replace: "depth > 1e9 ?",
    tests: files,
  },
  {
    name: "a file's numbers are copied once too often",
    file: "model/safetensors-numbers.ts",
    find: "const { buffer } = new Uint8Array(bytes);",
    replace: "const { buffer } = new Uint8Array(new Float64Array(bytes));",
    tests: ["model/bytes.hostile.test.ts"],
  },
];
