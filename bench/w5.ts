/**
 * W5: what there is before the first number: a process' start until an LSTM of H = 128 has predicted, what is
 * installed, what a page loads.
 */
import { fileURLToPath } from "node:url";
import { type Setting, type Spread, short, spreadOf, spreadText, table } from "./measure.ts";
import { bundleSize, folderSize, node, type Program, startTimes } from "./startup.ts";

export const question = "W5: how long until the first prediction, and how large is the library?";

export const TARGET = 25; // ms beyond bare Node
export const MOST = 40; // KB of a page's bundle

const library = fileURLToPath(new URL("../packages/cellstate", import.meta.url));

export const bare: Program = { name: "Node itself", command: node("./start/bare.mjs") };
export const program: Program = { name: "Cellstate", command: node("./start/cellstate.mjs") };

const NAMES = "createModel, sequential, embedding, recurrent, lstm, dense, train, windows, crossEntropy, adam";
const PAGE = `import { ${NAMES} } from ${JSON.stringify(`${library}/dist/index.js`)};\nglobalThis.page = [${NAMES}];`;

export interface Sizes {
  /** Bytes of files, with everything it depends on. */
  readonly installed?: number;
  /** Bytes that a page loads, after gzip. */
  readonly bundle?: number;
}

export const sizes = async (): Promise<Sizes> => ({
  installed: folderSize(`${library}/dist`),
  bundle: await bundleSize(PAGE, library),
});

/** Milliseconds beyond the bare runtime, by what was measured in the same round. */
export const beyond = (own: readonly number[], runtime: readonly number[]): Spread =>
  spreadOf(own.map((seconds, round) => (seconds - runtime[round]!) * 1e3));

export async function run({ isQuick }: Setting): Promise<void> {
  const times = await startTimes([bare, program], isQuick ? 7 : 21);
  const more = beyond(times[program.name]!, times[bare.name]!);
  const { installed, bundle } = await sizes();
  console.log("one sequence of 10 steps, I = H = 128, from the start of the process to its output; wall-clock time");
  table(
    ["", "ms", "target"],
    [
      [bare.name, spreadText(spreadOf(times[bare.name]!.map((seconds) => seconds * 1e3))), ""],
      ["beyond it", spreadText(more), `≤ ${TARGET}: ${more.median <= TARGET ? "yes" : "no"}`],
    ],
  );
  const kilobytes = bundle! / 1024;
  table(
    ["", "KB", "target"],
    [
      ["a page that trains an LSTM, gzip", short(kilobytes), `≤ ${MOST}: ${kilobytes <= MOST ? "yes" : "no"}`],
      ["installed", short(installed! / 1024), ""],
    ],
  );
}
