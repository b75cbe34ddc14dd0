/** Everybody who is measured: how each is started, with how many threads, and which version it is. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Command, nodeCommand, ours } from "../process.ts";
import { OURS } from "./names.ts";

export interface Contestant {
  /** As a table names it. */
  readonly name: string;
  readonly threads: number;
  readonly command: Command;
  /** What it uses of the machine, where that is more than 128-bit vectors of one core. */
  readonly note?: string;
  /** Why it does not take part at all. */
  readonly cannot?: string;
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** An interpreter that has PyTorch, Debian's before any other; `undefined` if none has. */
function findPython():
  | { readonly program: string; readonly version: string; readonly isOpenBlas: boolean }
  | undefined {
  const script = "import torch; print(torch.__version__); print('openblas' in open('/proc/self/maps').read())";
  for (const program of ["/usr/bin/python3", "python3"]) {
    try {
      const answer = execFileSync(program, ["-c", script], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
      const [version, openBlas] = answer.trim().split("\n");
      return { program, version: version!, isOpenBlas: openBlas === "True" };
    } catch {
      // not this one
    }
  }
  return undefined;
}

export const python = findPython();
export const NO_TORCH = "not installed: apt-get install python3-torch libopenblas0-pthread";

const versionOf = (name: string): string =>
  JSON.parse(readFileSync(here(`node_modules/${name}/package.json`), "utf8")).version;

/** Names and versions, for the page. */
export const versions = (): Record<string, string> => ({
  ...Object.fromEntries(
    ["@tensorflow/tfjs-layers", "@jax-js/jax", "brain.js", "onnxruntime-node", "onnxruntime-web"].map((name) => [
      name,
      versionOf(name),
    ]),
  ),
  PyTorch: python ? `${python.version}${python.isOpenBlas ? ", OpenBLAS" : ", without OpenBLAS"}` : NO_TORCH,
});

interface Kind {
  readonly name: string;
  readonly command: Command;
  readonly note?: string;
  readonly cannot?: string;
}

const torch = (name: string, env: Record<string, string>): Kind => ({
  name,
  command: { command: [python?.program ?? "python3", here("pytorch.py")], env },
  note: "native, up to 512-bit vectors with FMA",
  ...(!python && { cannot: NO_TORCH }),
});

const kinds: readonly Kind[] = [
  { name: OURS, command: ours },
  {
    name: "onnxruntime-node",
    command: nodeCommand("./peers/onnx.ts", "onnxruntime-node"),
    note: "native, up to 512-bit vectors with FMA",
  },
  { name: "onnxruntime-web", command: nodeCommand("./peers/onnx.ts", "onnxruntime-web") },
  { name: "TensorFlow.js wasm", command: nodeCommand("./peers/tensorflow.ts", "tensorflow-wasm") },
  { name: "TensorFlow.js cpu", command: nodeCommand("./peers/tensorflow.ts", "tensorflow-cpu") },
  { name: "jax-js", command: nodeCommand("./peers/jax.ts", "jax"), note: "unrolled" },
  {
    name: "brain.js",
    command: nodeCommand("./peers/brain.ts", "brain"),
    note: "one sequence at a time; its own cell, RMSProp",
  },
  torch("PyTorch", {}),
  torch("PyTorch, SkylakeX", { OPENBLAS_CORETYPE: "SkylakeX" }),
];

/** One thread each, then two. */
export const contestants: readonly Contestant[] = [1, 2].flatMap((threads) =>
  kinds.map((kind) => ({ ...kind, threads })),
);
