/** W5 of everybody: start-up times in turns, what npm or Debian installs for each, what a page loads. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { makeGiven } from "../given.ts";
import { bundleSize, folderSize, node, type Program, startTimes } from "../startup.ts";
import { bare, beyond, sizes as ourSizes, program as ours } from "../w5.ts";
import { NO_TORCH, python } from "./contestants.ts";
import { onnxLstm } from "./onnxModel.ts";
import type { Start } from "./results.ts";

const here = fileURLToPath(new URL(".", import.meta.url));
const modules = join(here, "node_modules");

/** Bytes of a package and of all that it depends on. */
function installedSize(names: readonly string[], seen = new Set<string>()): number {
  let bytes = 0;
  for (const name of names) {
    const folder = join(modules, name);
    if (seen.has(name) || !existsSync(folder)) continue;
    seen.add(name);
    const { dependencies = {} } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    bytes += folderSize(folder) + installedSize(Object.keys(dependencies), seen);
  }
  return bytes;
}

const debianSize = (): number | undefined => {
  try {
    const format = "-f=$" + "{Installed-Size}\n";
    const names = ["python3-torch", "libtorch[0-9]*"];
    const sizes = execFileSync("dpkg-query", ["-W", format, ...names], { encoding: "utf8" });
    return sizes.split("\n").reduce((sum, size) => sum + 1024 * Number(size), 0);
  } catch {
    return undefined;
  }
};

const gzipped = (path: string): number => gzipSync(readFileSync(join(modules, path)), { level: 9 }).length;

interface Peer {
  readonly name: string;
  readonly command: readonly string[];
  readonly packages: readonly string[];
  /** What a page imports; nothing: it does not run in pages. */
  readonly page?: string;
  /** What the page loads besides, as files. */
  readonly files?: readonly string[];
}

const tensorflow = (backend: string, ...files: string[]): Peer => ({
  name: `TensorFlow.js ${backend}`,
  command: node("./peers/start/tensorflow.mjs", backend),
  packages: [`@tensorflow/tfjs-backend-${backend}`, "@tensorflow/tfjs-core", "@tensorflow/tfjs-layers"],
  page: `import * as b from "@tensorflow/tfjs-backend-${backend}"; import * as c from "@tensorflow/tfjs-core";
    import { layers, sequential } from "@tensorflow/tfjs-layers"; globalThis.page = [b, c.train, c.losses, layers, sequential];`,
  files,
});

const peers = (model: string): readonly Peer[] => [
  {
    name: "onnxruntime-node",
    command: node("./peers/start/onnxruntime.mjs", "onnxruntime-node", model),
    packages: ["onnxruntime-node"],
  },
  {
    name: "onnxruntime-web",
    command: node("./peers/start/onnxruntime.mjs", "onnxruntime-web", model),
    packages: ["onnxruntime-web"],
    page: `import { InferenceSession, Tensor } from "onnxruntime-web/wasm"; globalThis.page = [InferenceSession, Tensor];`,
    files: ["onnxruntime-web/dist/ort-wasm-simd-threaded.wasm"],
  },
  tensorflow("wasm", "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm"),
  tensorflow("cpu"),
  {
    name: "jax-js",
    command: node("./peers/start/jax.mjs"),
    packages: ["@jax-js/jax"],
    page: `import { init, jit, nn, numpy, valueAndGrad } from "@jax-js/jax"; globalThis.page = [init, jit, nn, numpy, valueAndGrad];`,
  },
  {
    name: "brain.js",
    command: node("./peers/start/brain.mjs"),
    packages: ["brain.js"],
    page: `import brain from "brain.js/dist/browser.js"; globalThis.page = brain;`,
  },
];

export async function measureStarts(isQuick: boolean): Promise<Start[]> {
  const folder = mkdtempSync(join(tmpdir(), "cellstate-bench-"));
  const model = join(folder, "lstm.onnx");
  writeFileSync(
    model,
    await onnxLstm(makeGiven({ kind: "step", units: 128 }), { steps: 10, batch: 1, units: 128 }, false),
  );
  const all = peers(model);
  const programs: Program[] = [bare, ours, ...all];
  const barePython = { name: "Python itself", command: [python?.program ?? "", join(here, "start/bare.py")] };
  const torch = { name: "PyTorch", command: [python?.program ?? "", join(here, "start/start.py")] };
  const times = await startTimes([...programs, ...(python ? [barePython, torch] : [])], isQuick ? 3 : 11);
  rmSync(folder, { recursive: true, force: true });
  const starts: Start[] = [
    { name: ours.name, beyond: beyond(times[ours.name]!, times[bare.name]!), ...(await ourSizes()) },
  ];
  for (const { name, packages, page, files = [] } of all) {
    const loaded = page && (await bundleSize(page, here)) + files.reduce((sum, path) => sum + gzipped(path), 0);
    const installed = installedSize(packages);
    starts.push({
      name,
      beyond: beyond(times[name]!, times[bare.name]!),
      installed,
      ...(loaded && { bundle: loaded }),
    });
  }
  const installed = debianSize();
  if (!python) starts.push({ name: "PyTorch", cannot: NO_TORCH });
  else {
    const late = beyond(times[torch.name]!, times[barePython.name]!);
    starts.push({ name: "PyTorch", beyond: late, ...(installed && { installed }), cannot: "beyond bare Python" });
  }
  return starts;
}
