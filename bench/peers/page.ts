/**
 * Writes what was measured into docs/benchmarks.md, between its marks `<!-- NAME -->` and `<!-- /NAME -->`, and draws
 * the plots. What stands around the marks is written by hand and stays.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { short } from "../measure.ts";
import { limitFormula, nameOf } from "../tasks.ts";
import * as w6 from "../w6.ts";
import * as w7 from "../w7.ts";
import type { Measured, Result } from "./collect.ts";
import { drawGrowth, drawTasks, hasPlot } from "./plots.ts";
import type { Results } from "./results.ts";
import { agrees, copiesTable, losses, oursIn, startTable, type Table, unitOf } from "./tables.ts";

const file = fileURLToPath(new URL("../../docs/benchmarks.md", import.meta.url));

const markdown = ({ head, rows }: Table): string =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

/** A row for everybody, a column for each size. */
function pivot(measured: readonly Measured[], cell: (one: Measured, result: Result) => string): Table {
  const names = new Map(
    measured.flatMap(({ results }) => results.map((one) => [`${one.name}, ${one.threads}`, one] as const)),
  );
  const rows = [...names].map(([who, { name, threads, note }]) => {
    const own = measured.map(({ results }) => results.find((one) => one.name === name && one.threads === threads));
    const checks = measured.map((one, n) => agrees(oursIn(one)?.check, own[n]?.check));
    const same = checks.includes(false) ? "NO" : checks.includes(true) ? "yes" : "";
    const reasons = new Set(own.map((result) => result?.cannot));
    const cells = measured.map((one, n) => {
      const result = own[n];
      return result?.seconds ? cell(one, result) : reasons.size > 1 ? (result?.cannot ?? "") : "";
    });
    const all = reasons.size === 1 ? [...reasons][0] : undefined;
    return [who, ...cells, same, all ?? note ?? ""];
  });
  return { head: ["who, threads", ...measured.map(({ task }) => `H = ${nameOf(task)}`), "numbers as ours", ""], rows };
}

/** Speed against ours on one thread, then the value. */
const speed = (one: Measured, { seconds }: Result): string => {
  const { name, value } = unitOf[one.task.kind];
  const { median, min, max } = seconds!;
  const own = oursIn(one)?.seconds;
  const ratio = own ? `**${short(own.median / median)}** · ` : "";
  const [low, high] = [value(min), value(max)].sort((a, b) => a - b) as [number, number];
  return `${ratio}${short(value(median))} <sub>${short(low)} … ${short(high)}</sub>${name === "ms" ? " ms" : ""}`;
};

function limits(measured: readonly Measured[]): string {
  const { task } = measured[0]!;
  const { name, value } = unitOf[task.kind];
  const rows = measured.map((one) => {
    const own = oursIn(one)?.seconds;
    const share = own ? short(one.limit.median / own.median) : "";
    return [nameOf(one.task), share, short(value(one.limit.median)), own ? short(value(own.median)) : ""];
  });
  const head = ["H", "ours, share of the limit", `limit, ${name}`, `ours, ${name}`];
  return `${limitFormula[task.kind].replace("limit", "Limit")}.\n\n${markdown({ head, rows })}`;
}

const tasks = (measured: readonly Measured[], plot?: string): string =>
  [
    limits(measured),
    `Speed, ours on one thread being 1, then ${unitOf[measured[0]!.task.kind].name}, median <sub>least … most</sub>:`,
    markdown(pivot(measured, speed)),
    ...(plot && hasPlot(measured) ? [`![${unitOf[measured[0]!.task.kind].name} over H](plots/${plot}.svg)`] : []),
  ].join("\n\n");

const memory = (measured: readonly Measured[]): string => {
  const { head, rows } = pivot(measured, (_, result) => (result.memory ? short(result.memory / 1e6) : ""));
  const cut = (cells: readonly string[]): readonly string[] => cells.slice(0, -2);
  const known = rows.map(cut).filter(([, ...cells]) => cells.some((cell) => /^[\d.]+$/.test(cell)));
  return `The process' most memory, MB, with the runtime's own:\n\n${markdown({ head: cut(head), rows: known })}`;
};

function sections(results: Results): Record<string, string> {
  const { machine, clock, versions, peak, w1, w2, w3, w4, w5, w6: cells, w7: points } = results;
  const found: Record<string, string> = {};
  if (machine && peak) {
    const reading = peak.bandwidth.map(([size, rate]) => `${short(rate)} GB/s from ${size.toLocaleString("en")} KiB`);
    found["machine"] = [
      `${machine}; ${clock}.`,
      `One core: ${short(peak.flops)} GFLOP/s with 128-bit multiplications and additions; reading ${reading.join(", ")}.`,
      Object.entries(versions ?? {})
        .map(([name, version]) => `${name} ${version}`)
        .join("; ") + ".",
    ].join("\n\n");
  }
  const all = [w1, w2, w3, w4].map((measured) => measured ?? []);
  const beaten = losses(all);
  if (all.some((measured) => measured.length > 0)) {
    found["faster"] = beaten.rows.length > 0 ? markdown(beaten) : "Nobody was, in this run.";
  }
  if (w1) found["w1"] = tasks(w1, "w1");
  if (w2) found["w2"] = tasks(w2, "w2");
  if (w3) {
    const copies = copiesTable(w3);
    const threads = copies.rows.length > 0 ? [markdown(copies)] : [];
    found["w3"] = [tasks(w3, "w3"), ...threads, memory(w3)].join("\n\n");
  }
  if (w4) found["w4"] = tasks(w4);
  if (w5) found["w5"] = markdown(startTable(w5));
  if (cells) found["w6"] = `${w6.heading}.\n\n${markdown({ head: w6.head, rows: w6.rowsOf(cells) })}`;
  if (points) {
    const plots = Object.entries(w7.axes).map(
      ([axis, { name }]) => `![time and memory of a token over ${name}](plots/w7-${axis}.svg)`,
    );
    found["w7"] = [`${w7.heading}.`, ...plots, markdown({ head: w7.head, rows: w7.rowsOf(points) })].join("\n\n");
  }
  return found;
}

export async function writePage(results: Results): Promise<void> {
  let page = readFileSync(file, "utf8");
  for (const [name, text] of Object.entries(sections(results))) {
    const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
    const [from, to] = [page.indexOf(open), page.indexOf(close)];
    if (from < 0 || to < from) throw new Error(`docs/benchmarks.md has no marks ${open} and ${close}.`);
    page = `${page.slice(0, from + open.length)}\n\n${text}\n\n${page.slice(to)}`;
  }
  writeFileSync(file, page);
  for (const name of ["w1", "w2", "w3"] as const) {
    const measured = results[name];
    if (measured && hasPlot(measured)) await drawTasks(name, measured);
  }
  if (results.w7) await drawGrowth(results.w7);
}
