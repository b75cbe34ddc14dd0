/**
 * A schedule as a page that a person can read: what is stored where and in place of what, the parameters in the
 * order in which they lie, every operation of both passes, and what it all costs.
 */
import type { Buffer, Op, Parameter, Pass, Schedule, Sizes } from "../operations.ts";
import { amount, type Count, countText, scheduleCounts, scheduleFigures } from "./figures.ts";
import { printerFor } from "./operations.ts";

/**
 * The page of a schedule.
 *
 * @param schedule - what `schedule(cell)` made
 * @param sizes - how long each axis is; without them the figures stay in terms of the axes
 * @example
 * console.log(printSchedule(schedule(leaky), { input: 64, units: 128 }));
 */
export function printSchedule(schedule: Schedule, sizes?: Sizes): string {
  const { name, states, output, linear, forward, backward } = schedule;
  const given =
    sizes === undefined
      ? ""
      : `   ${Object.entries(sizes)
          .map(([axis, n]) => `${axis} ${n}`)
          .join(", ")}`;
  const lines = [`${name}${given}`];
  if (output !== "") lines.push(`output ${output}; carried from step to step: ${states.join(", ") || "nothing"}`);
  for (const [state, { a, b }] of Object.entries(linear))
    lines.push(`linear: ${state} = a * ${state}[t-1] + b, a = ${a}, b = ${b}`);
  lines.push("", "buffers", ...table(schedule.buffers.map((b) => bufferRow(b, schedule.buffers))));
  if (schedule.parameters.length > 0)
    lines.push("", "parameters, as they lie", ...table(parameterRows(schedule.parameters)));
  lines.push(...passLines("forward", forward, schedule));
  if (backward !== undefined) lines.push(...passLines("backward", backward, schedule));
  lines.push("", "figures, for each row of a step", ...table(figureRows(schedule, sizes)));
  return `${lines.join("\n")}\n`;
}

const rowWords: Record<Buffer["rows"], string> = {
  always: "one row",
  step: "this step",
  rows: "every step",
  state: "every step, first",
  carried: "step to step",
};

function bufferRow({ name, axis, rows, role, storage, part }: Buffer, all: readonly Buffer[]): string[] {
  const before = all
    .filter((b) => b.storage === storage && b.part === part && turn(b.name) < turn(name))
    .sort((a, b) => turn(b.name) - turn(a.name))[0];
  const isShared = all.some((b) => b.storage === storage && b.part !== part);
  const lies = isShared ? `${storage} ${part}` : storage === name ? "" : storage;
  const place = before === undefined ? lies : `${lies}${lies === "" ? "" : ", "}in place of ${before.name}`;
  return [name, axis === "one" ? "one value" : axis, rowWords[rows], role, place];
}

/** In one part come first the sum, then the value made of it, then its adjoint. */
const turn = (name: string): number => (name.startsWith("δ") ? 2 : name.startsWith("Σ") ? 0 : 1);

/** Neighbours of one kind and shape in one line. */
function parameterRows(parameters: readonly Parameter[]): string[][] {
  const rows: { names: string[]; shape: string; kind: string }[] = [];
  for (const { name, kind, rows: height, columns, blockdiagonal } of parameters) {
    const blocks = blockdiagonal === undefined ? "" : ` in ${blockdiagonal}`;
    const shape = kind === "vector" ? `[${height}]` : `[${height}, ${columns}]${blocks}`;
    const last = rows.at(-1);
    if (last !== undefined && last.shape === shape && last.kind === kind) last.names.push(name);
    else rows.push({ names: [name], shape, kind });
  }
  return rows.map(({ names, shape, kind }) => [names.join(" "), kind, shape]);
}

function passLines(title: string, pass: Pass, schedule: Schedule): string[] {
  const print = printerFor(schedule);
  const isForward = pass.direction === 1;
  const part = (when: string, ops: readonly Op[]): string[] =>
    ops.length === 0 ? [] : ["", `${title}, ${when}`, ...ops.flatMap((op) => labelled(op, print(op)))];
  const first = part("the first values, once for each sequence", pass.first);
  return [
    ...(isForward ? first : []),
    ...part("before the loop, all rows at once", pass.before),
    ...part(isForward ? "each step, t = 0 … T-1" : "each step, t = T-1 … 0", pass.each),
    ...part("after the loop, all rows at once", pass.after),
    ...(isForward ? [] : first),
  ];
}

/** The operation's kind in front of its first line. */
function labelled(op: Op, lines: readonly string[]): string[] {
  const kind = op.op === "map" && op.needs === "row" ? "map, row" : op.op;
  return lines.map((line, k) => `  ${(k === 0 ? kind : "").padEnd(10)}${line}`);
}

function figureRows(schedule: Schedule, sizes: Sizes | undefined): string[][] {
  const counts = scheduleCounts(schedule);
  const text = (count: Count): string =>
    sizes === undefined ? countText(count) : `${countText(count)} = ${amount(count, sizes)}`;
  const both = (of: { readonly forward: Count; readonly backward: Count }): string =>
    schedule.backward === undefined
      ? `forward ${text(of.forward)}`
      : `forward ${text(of.forward)}; backward ${text(of.backward)}`;
  const floats = counts.kept.filter(({ axis }) => axis === "units");
  const others = counts.kept
    .filter(({ axis }) => axis !== "units")
    .map(({ name, axis }) => `${name} [${axis === "one" ? "" : axis}]`);
  const figures = sizes === undefined ? undefined : scheduleFigures(schedule, sizes);
  const bytes = (n: number | undefined): string => (n === undefined ? "" : `; ${n} bytes`);
  const kept = `${floats.length} for each unit: ${floats.map(({ name }) => name).join(" ") || "none"}`;
  return [
    ...(schedule.backward === undefined
      ? []
      : [
          [
            "kept for backward",
            `${kept}${others.length > 0 ? `; and ${others.join(" ")}` : ""}${bytes(figures?.keptBytes)}`,
          ],
        ]),
    ["numbers stored", `${text(counts.row)}${bytes(figures?.rowBytes)}`],
    ["product FLOP", both(counts.products)],
    ["of these in the loop", both(counts.loop)],
    ["other operations", both(counts.pointwise)],
    [
      "calls in a step",
      `forward ${counts.calls.forward}${schedule.backward ? `; backward ${counts.calls.backward}` : ""}`,
    ],
    ["parameters", `${text(counts.parameters)}${bytes(figures?.parameterBytes)}`],
  ];
}

/** Columns as wide as their widest entry. */
function table(rows: readonly (readonly string[])[]): string[] {
  const width = (k: number): number => Math.max(...rows.map((r) => r[k]!.length));
  return rows.map((r) => `  ${r.map((cell, k) => cell.padEnd(width(k))).join("   ")}`.trimEnd());
}
