/**
 * `npm run bench:peers`: the questions W1 … W7 of everybody. Installs the peers into this folder on first use; what it
 * measures it keeps, so that `npm run bench:peers -- w3` asks one question again. `--write` puts everything into
 * docs/benchmarks.md, `--page` only draws that page again; `--quick` and `--cpu` as in `npm run bench`.
 */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Results } from "./results.ts";

const here = fileURLToPath(new URL(".", import.meta.url));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: "boolean", default: false },
    cpu: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
    page: { type: "boolean", default: false },
  },
});
const questions = ["w1", "w2", "w3", "w4", "w5", "w6", "w7"] as const;
const unknown = positionals.filter((name) => !(questions as readonly string[]).includes(name));
if (unknown.length > 0) {
  console.error(`There is no question ${unknown.join(", ")}; there are ${questions.join(", ")}.`);
  process.exit(2);
}

if (!existsSync(join(here, "node_modules/@tensorflow"))) {
  console.log("Installing the peers, half a gigabyte, into bench/peers/node_modules …");
  execFileSync("npm", ["ci", "--no-audit", "--no-fund"], { cwd: here, stdio: "inherit" });
}

const { ask } = await import("./questions.ts");
const { readResults, writeResults } = await import("./results.ts");
let results: Results = readResults();
let disagreements = 0;
const start = performance.now();
if (!values.page) {
  const asked = questions.filter((name) => positionals.length === 0 || positionals.includes(name));
  for await (const answer of ask(asked, { isQuick: values.quick, isCpu: values.cpu })) {
    disagreements += answer.disagreements;
    results = { ...results, ...answer.results };
    writeResults(results, false);
  }
  console.log(`\n${Math.round((performance.now() - start) / 1000)} s`);
}
if (values.write || values.page) {
  writeResults(results, true);
  const { writePage } = await import("./page.ts");
  await writePage(results);
}
if (disagreements > 0) {
  console.error(`${disagreements} results are not ours to four digits.`);
  process.exit(1);
}
process.exit(0);
