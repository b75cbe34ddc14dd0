/**
 * `npm run bench`: asks every question of this folder, one file each, of the built library.
 * `npm run bench -- w3 w6` asks these; `--quick` takes seconds; `--cpu` counts the process' own time, for machines
 * that others use at the same time.
 */
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { clock, machineText, type Setting, short } from "./measure.ts";

const questions = ["peak", "products", "w1", "w2", "w3", "w4", "w5", "w6", "w7", "scan", "streams", "int8", "page"];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: "boolean", default: false }, cpu: { type: "boolean", default: false } },
});
const unknown = positionals.filter((name) => !questions.includes(name));
const library = fileURLToPath(new URL("../packages/cellstate", import.meta.url));
const built = join(library, "dist/index.js");
if (unknown.length > 0) fail(`There is no benchmark ${unknown.join(", ")}; there are ${questions.join(", ")}.`);
if (!existsSync(built)) fail("Nothing has been built that could be measured: npm run build");

function fail(message: string): never {
  console.error(message);
  process.exit(2);
}

const sources = readdirSync(join(library, "src"), { recursive: true, encoding: "utf8" });
const changed = sources
  .filter((path) => /(?<!\.test)\.ts$/.test(path))
  .map((path) => statSync(join(library, "src", path)).mtimeMs);
if (Math.max(...changed) > statSync(built).mtimeMs)
  console.warn("The sources are newer than what is measured: npm run build");

clock.isCpu = values.cpu;
const { openMachine } = await import("./peak.ts");
const setting: Setting = { machine: await openMachine(), isQuick: values.quick };
console.log(machineText());
console.log(`medians, with (least … most); ${values.cpu ? "time of this process" : "wall-clock time"}, one thread`);
for (const name of positionals.length > 0 ? questions.filter((q) => positionals.includes(q)) : questions) {
  const { question, run } = (await import(`./${name}.ts`)) as { question: string; run(setting: Setting): unknown };
  console.log(`\n${question}`);
  const start = { wall: performance.now(), cpu: process.cpuUsage() };
  await run(setting);
  const { user, system } = process.cpuUsage(start.cpu);
  const share = (user + system) / 1000 / (performance.now() - start.wall);
  if (share < 0.9) console.log(`others used the machine: this process had ${short(share * 100)} % of a core's time`);
}
