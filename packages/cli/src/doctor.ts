/** `cellstate doctor`: what this machine's WebAssembly offers, which kernels are taken for it, and how fast it is. */
import { describeEngine, type EngineReport } from "cellstate";
import { command } from "./command.ts";

export const doctor = command({
  name: "doctor",
  operands: "",
  summary: "show what this machine offers, and how fast it is",
  examples: [
    ["cellstate doctor", "features with their self-tests, kernels, measured peaks"],
    ["cellstate doctor --json", "the same for other programs"],
  ],
  flags: {},
  most: 0,
  async run({ terminal, json }) {
    const report = await describeEngine();
    terminal.result(json ? `${JSON.stringify(report)}\n` : `${linesOf(report).join("\n")}\n`);
  },
});

/** What features and kernels are called here; others go by their own names. */
const NAMES: Readonly<Record<string, string>> = {
  simd: "128-bit vectors",
  relaxedDot: "relaxed dot product",
  relaxedMadd: "relaxed multiply-add",
  sharedMemory: "shared memory",
  float32: "float32 products",
  int8: "8-bit products",
};
const WIDTH = 24;

function linesOf({ runtime, version, cores, features, threads, kernels, measured }: EngineReport): string[] {
  const row = (name: string, ...rest: string[]): string => `  ${(NAMES[name] ?? name).padEnd(WIDTH)}${rest.join("")}`;
  const giga = (rate: number, unit: string): string => `${(rate / 1e9).toFixed(1).padStart(6)} ${unit.padEnd(10)}`;
  const share = (rate: number, of: number): string => `${Math.round((100 * rate) / of)} % of the peak`;
  const lines = [
    `${runtime} ${version}${cores === undefined ? "" : `, ${cores} core${cores === 1 ? "" : "s"}`}`,
    "",
    "features, each tried out",
    ...features.map(({ name, state, why }) => row(name, state.padEnd(10), why)),
    "",
    "threads",
    row("in use", String(threads), threads === 1 ? ", the caller's own" : " for work that is large enough, else 1"),
    "",
    "kernels",
    ...kernels.map(({ name, kernel }) => row(name, kernel)),
  ];
  if (measured === undefined) return lines;
  const { multiplyAdd, read, float32, int8 } = measured;
  return [
    ...lines,
    "",
    "one core, measured, the best of many tries",
    row("multiply and add", giga(multiplyAdd, "GFLOP/s"), "128-bit vectors, from registers: the peak"),
    row("reading memory", giga(read, "GB/s"), "64 MiB over and over"),
    row("float32", giga(float32, "GFLOP/s"), `64 rows, 256 values into 1,024: ${share(float32, multiplyAdd)}`),
    row("int8", giga(int8, "GOP/s"), "the same with 8-bit matrices"),
  ];
}
