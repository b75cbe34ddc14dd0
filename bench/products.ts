/**
 * The kernels that training spends its time in, through the engine's own emitters: the three products of an LSTM's
 * step at H units, one row alone, and sizes that are no multiples of a tile.
 */
import { createModule } from "../packages/cellstate/src/engine/wasm/assembler.ts";
import { defineGradient, gradientScratch } from "../packages/cellstate/src/engine/wasm/gradient.ts";
import { defineProduct } from "../packages/cellstate/src/engine/wasm/product.ts";
import { clock, interleave, type Setting, settle, short, spreadOf, spreadText, table } from "./measure.ts";

export const question = "How much of the peak do products reach, and what do ragged sizes cost?";

const CHUNK = 2e-3; // seconds in one measurement
const BATCH = 32;
const ROWS = 512; // of a sum over all steps

interface Shape {
  readonly name: string;
  readonly kind: "product" | "gradient";
  readonly rows: number;
  readonly depth: number;
  readonly columns: number;
}

const stepOf = (units: number): Shape[] => [
  { name: `h Rᵀ, H = ${units}`, kind: "product", rows: BATCH, depth: units, columns: 4 * units },
  { name: `δa R, H = ${units}`, kind: "product", rows: BATCH, depth: 4 * units, columns: units },
  { name: `δaᵀ h, H = ${units}`, kind: "gradient", rows: ROWS, depth: units, columns: 4 * units },
  { name: `one row, H = ${units}`, kind: "product", rows: 1, depth: units, columns: 4 * units },
];

/** Each beside the next multiple of a tile. */
const ragged: [Shape, Shape][] = [
  [33, 128, 512, 36],
  [34, 128, 512, 36],
  [35, 128, 512, 36],
].map(([rows, depth, columns, next]) => {
  const shape = (m: number): Shape => ({
    name: `${m} rows`,
    kind: "product",
    rows: m,
    depth: depth!,
    columns: columns!,
  });
  return [shape(rows!), shape(next!)];
});
for (const [columns, next] of [
  [505, 512],
  [497, 504],
] as const) {
  const shape = (n: number): Shape => ({ name: `${n} columns`, kind: "product", rows: BATCH, depth: 128, columns: n });
  ragged.push([shape(columns), shape(next)]);
}
for (const [depth, next] of [
  [125, 128],
  [131, 132],
] as const) {
  const shape = (k: number): Shape => ({
    name: `sum over ${ROWS} rows, depth ${k}`,
    kind: "gradient",
    rows: ROWS,
    depth: k,
    columns: 512,
  });
  ragged.push([shape(depth), shape(next)]);
}

const padded = (numbers: number): number => Math.ceil(numbers / 8) * 32; // bytes

async function open(shapes: readonly Shape[]): Promise<Record<string, () => number>> {
  const module = createModule();
  for (const { name, kind, depth, columns } of shapes) {
    const [a, c] = [padded(depth), padded(columns)];
    const index =
      kind === "product"
        ? defineProduct(module, { depth, columns, rowA: a, rowC: c, start: "add" })
        : defineGradient(module, { depth, columns, rowLeft: a, rowRight: c });
    module.export(name, index);
  }
  const [left, weights, right, scratch] = [1, 9, 25, 41].map((megabytes) => megabytes << 20) as [
    number,
    number,
    number,
    number,
  ];
  const memory = new WebAssembly.Memory({ initial: 1024 });
  new Float32Array(memory.buffer).fill(1e-3, 16);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.bytes()), { env: { memory } });
  const kernels = exports as Record<string, (...operands: number[]) => void>;
  const runs: Record<string, () => number> = {};
  for (const { name, kind, rows, depth, columns } of shapes) {
    if (kind === "gradient" && gradientScratch(depth) > 16 << 20) throw new Error("the scratch is too small");
    const once =
      kind === "product"
        ? () => kernels[name]!(left, weights, right, 0, rows)
        : () => kernels[name]!(left, right, weights, scratch, rows, 0, Math.ceil(columns / 8));
    const flop = 2 * rows * depth * columns;
    const times = Math.max(1, Math.ceil((CHUNK * 4e10) / flop));
    for (let k = 0; k < 5; k++) {
      for (let n = 0; n < Math.min(times, 100); n++) once();
      await settle();
    }
    runs[name] = () => {
      const start = clock.now();
      for (let n = 0; n < times; n++) once();
      return (flop * times) / (clock.now() - start);
    };
  }
  return runs;
}

export async function run({ machine, isQuick }: Setting): Promise<void> {
  const shapes = (isQuick ? [128, 256] : [128, 256, 512]).flatMap(stepOf);
  const all = new Map([...shapes, ...ragged.flat()].map((shape) => [shape.name, shape]));
  const runs = await open([...all.values()]);
  const peaks: number[] = [];
  const measured = await interleave(isQuick ? 9 : 25, [
    { name: "peak", run: () => void peaks.push(machine.flops()) },
    ...Object.entries(runs).map(([name, once]) => ({ name, run: once })),
  ] as { name: string; run: () => number }[]);
  const peak = spreadOf(peaks).median;
  console.log(
    `B = ${BATCH}, sums over ${ROWS} rows; peak: multiplying and adding 128-bit vectors, ${short(peak / 1e9)} GFLOP/s`,
  );
  const rate = (name: string) => spreadOf(measured[name]!.map((flops) => flops / 1e9));
  table(
    ["product", "of the peak", "GFLOP/s"],
    shapes.map(({ name }) => [name, short((rate(name).median * 1e9) / peak), spreadText(rate(name))]),
  );
  table(
    ["ragged", "time of the next multiple's"],
    ragged.map(([own, next]) => {
      const time = ({ name, rows, depth, columns }: Shape): number => (rows * depth * columns) / rate(name).median;
      return [`${own.name}, ${next.name}`, short(time(own) / time(next))];
    }),
  );
}
