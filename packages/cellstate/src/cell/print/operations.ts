/** One operation of a schedule as lines that a person can read. */
import type { At, Buffer, Op, Panel, Schedule } from "../operations.ts";
import { atText, mapEquations } from "./formulas.ts";

export type Printer = (op: Op) => string[];

export function printerFor({ buffers }: Pick<Schedule, "buffers">): Printer {
  /** The names of `count` parts side by side, from the one that an operation names. */
  const side = (at: At, count: number): string[] => {
    const first = buffers.find((b) => b.name === at.name);
    if (first === undefined) return [at.name];
    return Array.from({ length: count }, (_, k) => {
      if (k === 0) return atText(at);
      const here = buffers.filter((b) => b.storage === first.storage && b.part === first.part + k);
      return atText({ ...at, name: neighbour(first, here) });
    });
  };
  const product = (op: Op & { op: "product" }): string[] => {
    const count = op.panel.parameters.length;
    const blocks = op.panel.blockdiagonal === undefined ? "" : `   (blocks: ${op.panel.blockdiagonal})`;
    if (op.transposed) {
      const sign = op.start === "add" ? "+=" : "=";
      return [`${atText(op.into)} ${sign} ${matrices(op.panel)}ᵀ @ ${list(side(op.from, count))}${blocks}`];
    }
    const into = side(op.into, count).join(" ");
    const biases = typeof op.start === "object" ? `${list(op.start.biases.map((b) => b ?? "0"))} + ` : "";
    const sign = op.start === "add" ? "+=" : "=";
    return [`${into} ${sign} ${biases}${matrices(op.panel)} @ ${atText(op.from)}${blocks}`];
  };
  return (op) => {
    switch (op.op) {
      case "product":
        return product(op);
      case "gradient":
        return [
          `${op.panel.parameters.map((p) => `∇${p}`).join(" ")} += ` +
            `${list(side(op.right, op.panel.parameters.length))}ᵀ · ${atText(op.left)}`,
        ];
      case "map":
        return mapEquations(op);
      case "sum": {
        const lines = mapEquations({ reads: op.reads, code: op.code });
        return [...lines.slice(0, -1), `∇${op.into} += ${lines.at(-1)}`];
      }
      case "gather":
        return [`${atText(op.rows)} = ${op.table}[${atText(op.ids)}]`];
      case "scatter":
        return [`∇${op.table}[${atText(op.ids)}] += ${atText(op.rows)}`];
    }
  };
}

/** Several values may take turns in one part; an operation means the one of the kind that it names first. */
function neighbour(first: Buffer, here: readonly Buffer[]): string {
  const isAdjoint = first.name.startsWith("δ");
  const family = here.filter((b) => b.name.startsWith("δ") === isAdjoint);
  return (family.find((b) => b.name.startsWith("Σ")) ?? family[0] ?? first).name;
}

const matrices = (panel: Panel): string => list(panel.parameters);
const list = (names: readonly string[]): string => (names.length === 1 ? names[0]! : `[${names.join(" ")}]`);
