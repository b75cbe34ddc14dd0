/**
 * The explorer: how soon its first view stands in a browser, how fast one steps through a trace, what it weighs, and
 * how long the library takes for what it shows.
 */
import { existsSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { createModel, dense, embedding, generator, lstm, recurrent, sequences, sequential } from "cellstate";
import { memoryLedger, orderUnits } from "cellstate/analysis";
import type { Browser, Page } from "playwright-core";
import { withModel } from "../apps/explorer/src/embedded.ts";
import { launch, open, ready, serve, whyNoBrowser } from "../apps/explorer/tests/browser.ts";
import { builtPage } from "../apps/explorer/tests/build.ts";
import { type Setting, short, spreadOf, spreadText, table } from "./measure.ts";

export const question = "Page: how soon does the explorer show something, and how smoothly does it step?";

const FIRST_VIEW = 1500; // ms with the processor slowed down four times
const FRAMES = 50; // a second
const SCRIPT = 150; // KB after gzip
const [STEPS, UNITS] = [200, 128];
/** Views that step through a trace. */
const VIEWS = ["cell", "sequence", "memory"];

export async function run({ isQuick }: Setting): Promise<void> {
  if (whyNoBrowser !== undefined || !existsSync(builtPage)) {
    console.log(whyNoBrowser ?? "The page has not been built: npm run build");
    return;
  }
  const browser = await launch();
  const first = await firstViews(browser, isQuick ? 3 : 9);
  const rates = await stepRates(browser, isQuick ? 1 : 5);
  await browser.close();
  const page = readFileSync(builtPage, "utf8");
  const scripts = [...page.matchAll(/<script type="module"[^>]*>([\s\S]*?)<\/script>/g)].map(([, text]) => text);
  const size = gzipSync(scripts.join("\n"), { level: 9 }).length / 1024;
  table(
    ["", "", "target"],
    [
      ["first numbers of the first view, 4 × slower, ms", spreadText(spreadOf(first)), `≤ ${FIRST_VIEW}`],
      ...Object.entries(rates).map(([view, list]) => [
        `${view}: steps a second through ${STEPS} × ${UNITS}`,
        spreadText(spreadOf(list)),
        `≥ ${FRAMES}`,
      ]),
      ["script, gzip, KB", short(size), `≤ ${SCRIPT}`],
      ...(await analysisTimes(isQuick ? 3 : 15)),
    ],
  );
}

/** Milliseconds from the start of the navigation until the view holds a number from the network, painted. */
async function firstViews(browser: Browser, rounds: number): Promise<number[]> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const { page, context } = await open(browser, {}, async (own) => {
      const session = await own.context().newCDPSession(own);
      await session.send("Emulation.setCPUThrottlingRate", { rate: 4 });
      await own.addInitScript(() => {
        const watch = new MutationObserver(() => {
          if (document.querySelector("main [data-v]") === null) return;
          watch.disconnect();
          requestAnimationFrame(() => setTimeout(() => Object.assign(window, { firstView: performance.now() })));
        });
        watch.observe(document, { childList: true, subtree: true });
      });
    });
    await page.waitForFunction(() => "firstView" in window);
    times.push(await page.evaluate(() => (window as unknown as { firstView: number }).firstView));
    await context.close();
  }
  return times;
}

/** Steps that are painted in a second, one with each frame, by view. */
async function stepRates(browser: Browser, rounds: number): Promise<Record<string, number[]>> {
  const characters = [..."abcdefghijklmnopqrstuvwxyz ."];
  const architecture = sequential(
    embedding({ vocabulary: characters.length, size: 32 }),
    recurrent(lstm, { units: UNITS }),
    dense({ units: characters.length }),
  );
  const model = await createModel(architecture, { seed: 1, facts: { vocabulary: { characters } }, threads: 1 });
  const html = withModel(readFileSync(builtPage, "utf8"), "bench", model.toBytes(), { isOwn: true });
  model.close();
  const { address, server } = await serve(true, () => html);
  const text = Array.from({ length: STEPS }, (_, k) => characters[(k * 7 + (k >> 3)) % characters.length]).join("");
  const rates: Record<string, number[]> = {};
  for (const view of VIEWS) {
    const link = new URLSearchParams({ view, model: "bench", text }).toString();
    const { page, context } = await open(browser, { address, link });
    await ready(page);
    await page.waitForTimeout(1500);
    rates[view] = [];
    for (let round = 0; round < rounds; round++) rates[view].push(await stepThrough(page));
    await context.close();
  }
  server.close();
  return rates;
}

/** Milliseconds in Node for what a look at a long text asks for. */
async function analysisTimes(rounds: number): Promise<[string, string, string][]> {
  const architecture = sequential(
    embedding({ vocabulary: 93, size: 48 }),
    recurrent(lstm, { units: UNITS }),
    dense({ units: 93 }),
  );
  const model = await createModel(architecture, { seed: 1, threads: 1 });
  const trace = await model.trace(sequences([Array.from({ length: 300 }, (_, t) => (t * t + 7) % 93)]));
  const ledger = await memoryLedger(model, trace);
  const wide = generator(1, "bench");
  const values = {
    values: Float32Array.from({ length: 300 * 512 }, () => wide.uniform()),
    shape: [1, 300, 512] as const,
  };
  const time = (work: () => unknown): string => {
    const times = Array.from({ length: rounds }, () => {
      const start = performance.now();
      work();
      return performance.now() - start;
    });
    return spreadText(spreadOf(times));
  };
  const rows: [string, string, string][] = [
    ["ledger of one step, 300 × 128, ms", time(() => ledger.at(299)), "≤ 50"],
    ["ledger of all steps, ms", time(() => ledger.norms()), "≤ 300"],
    ["512 units of 300 steps in clusters, ms", time(() => orderUnits(values, "cluster")), "≤ 300"],
  ];
  model.close();
  return rows;
}

/** Presses → once a frame from the first step to the last. */
const stepThrough = (page: Page): Promise<number> =>
  page.evaluate(async (steps) => {
    const press = (key: string) => document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    press("Home");
    await frame();
    const start = performance.now();
    for (let k = 1; k < steps; k++) {
      press("ArrowRight");
      await frame();
    }
    return ((steps - 1) * 1000) / (performance.now() - start);
  }, STEPS);
