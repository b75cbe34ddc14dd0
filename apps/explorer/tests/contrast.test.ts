/**
 * RNN and LSTM: what the page shows is what was recorded, in words and in numbers, task by task; and a study that is
 * made in the page is the one that Node makes of the same seed.
 */
import { readFileSync } from "node:fs";
import { modelFrom } from "cellstate";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { contestants, startOf, trials } from "../contrast/plan.ts";
import type { Results, TaskResults } from "../contrast/results.ts";
import { type StudyResult, study } from "../contrast/study.ts";
import { verdict } from "../contrast/verdict.ts";
import { launch, open, whyNoBrowser } from "./browser.ts";
import { build } from "./build.ts";

const results: Results = JSON.parse(readFileSync(new URL("../contrast/results.json", import.meta.url), "utf8"));
const REBER = results.tasks.find(({ name }) => name === "embeddedReber")!;

let browser: Browser;
beforeAll(async () => {
  if (whyNoBrowser !== undefined) return;
  build();
  browser = await launch();
});
afterAll(() => browser?.close());

const figure = (page: Page, title: string | RegExp): Locator =>
  page.locator("section.figure", { has: page.getByRole("heading", { name: title }) });

/** Opens a figure's table: its columns by heading, with the whole numbers; the first is the x axis. */
async function columnsOf(figure: Locator): Promise<Record<string, number[]>> {
  if ((await figure.locator("table").count()) === 0) await figure.getByRole("button", { name: "Table" }).click();
  const headings = await figure.locator("thead th").allTextContents();
  const rows = await figure.locator("tbody tr").evaluateAll((all) =>
    all.map((row) =>
      [...row.children].map((cell) => {
        const text = (cell as HTMLElement).dataset["v"] ?? cell.textContent ?? "";
        return text === "" ? Number.NaN : Number(text);
      }),
    ),
  );
  return Object.fromEntries(
    headings.map((heading, k) => [heading, rows.map((row) => row[k]!).filter((v) => !Number.isNaN(v))]),
  );
}

/** The same columns as the results have them. */
const recorded = (
  { contestants }: TaskResults,
  pick: (run: TaskResults["contestants"][number]["runs"][number]) => readonly number[],
) =>
  Object.fromEntries(
    contestants.flatMap(({ name, runs }) => runs.map((run) => [`${name}, seed ${run.seed}`, [...pick(run)]])),
  );

describe("the recorded results", () => {
  test("are on screen, task by task: sentences, every number of every chart, every run", async (context) => {
    context.skip(whyNoBrowser !== undefined, whyNoBrowser);
    const { page, context: own, faults, asked } = await open(browser, { link: "view=contrast" });
    const said = verdict(results);
    await page.locator(".contrast-verdict").waitFor();
    for (const [k, task] of results.tasks.entries()) {
      if (k > 0) await page.getByRole("button", { name: task.title, exact: true }).click();
      expect(await page.locator(".contrast-verdict h2").textContent()).toBe(said.headline);
      const { score, gradient, beyond } = said.tasks[k]!;
      const sentences = await page.locator(".contrast-words > .stack p").allTextContents();
      expect(sentences).toEqual([score, gradient, ...(beyond === undefined ? [] : [beyond])]);
      await page.locator(".contrast-verdict .task-answer").waitFor();

      const gaps = await columnsOf(figure(page, / by gap$/));
      expect(gaps).toEqual({ "gap, steps": task.gaps, ...recorded(task, (run) => run.byGap) });
      for (const when of ["start", "trained"] as const) {
        const title = when === "start" ? /before training$/ : /after training$/;
        expect(await columnsOf(figure(page, title))).toEqual({
          "distance, steps before the answer": task.distances,
          ...recorded(task, (run) => run.gradient[when]),
        });
      }
      const curves = await columnsOf(figure(page, "Learning curves"));
      expect(curves).toMatchObject(recorded(task, (run) => run.curve));
      const scores = await page
        .getByRole("region", { name: "Every run, table" })
        .locator("tbody tr")
        .evaluateAll((rows) => rows.map((row) => Number((row.children[3] as HTMLElement).dataset["v"])));
      expect(scores).toEqual(task.contestants.flatMap(({ runs }) => runs.map(({ score: own }) => own)));
    }
    expect({ faults, asked }).toEqual({ faults: [], asked: [] });
    await own.close();
  });

  test("are drawn: a line and a band for each contestant, its seeds where asked, the target where it was met", async (context) => {
    context.skip(whyNoBrowser !== undefined, whyNoBrowser);
    const { page, context: own } = await open(browser, { link: "view=contrast&trial=embeddedReber" });
    const gaps = figure(page, / by gap$/);
    const count = REBER.contestants.length;
    await expect.poll(() => gaps.locator("path.curve").count()).toBe(count);
    expect(await gaps.locator("path.band").count()).toBe(count);
    const runs = REBER.contestants.flatMap((one) => one.runs);
    await page.keyboard.press("s");
    await expect.poll(() => gaps.locator("path.curve.thin").count()).toBe(runs.length);
    const solved = runs.filter(({ stopped }) => stopped === "solved").length;
    expect(solved).toBeGreaterThan(0);
    expect(await figure(page, "Learning curves").locator("circle.dot").count()).toBe(solved);
    await page.keyboard.press("s");
    await expect.poll(() => gaps.locator("path.curve.thin").count()).toBe(0);
    await own.close();
  });

  test("come task by task with [ and ], round the end, and the link brings the task back", async (context) => {
    context.skip(whyNoBrowser !== undefined, whyNoBrowser);
    const { page, context: own } = await open(browser, { link: "view=contrast&trial=nothing" });
    const chosen = () => page.getByRole("group", { name: "Task" }).locator("[aria-pressed=true]").allTextContents();
    const titles = results.tasks.map(({ title }) => title);
    await expect.poll(chosen).toEqual(titles.slice(0, 1));
    for (const title of [...titles.slice(1), titles[0]!]) {
      await page.keyboard.press("]");
      await expect.poll(chosen).toEqual([title]);
    }
    await page.keyboard.press("[");
    await expect.poll(chosen).toEqual(titles.slice(-1));
    const { name } = results.tasks.at(-1)!;
    await page.waitForFunction((wanted) => location.hash.includes(`trial=${wanted}`), name);
    await page.reload();
    await expect.poll(chosen).toEqual(titles.slice(-1));
    await own.close();
  });
});

const field = (page: Page, name: string) => page.getByLabel(name, { exact: true });
const states = (page: Page) => page.locator(".run .state").allTextContents();

describe("a study made in the page", () => {
  const SEED = 5;
  const sequences = REBER.every * 2;

  /** The same in Node, by the place among the contestants. */
  async function inNode(place: number): Promise<StudyResult> {
    const trial = trials.find(({ title }) => title === REBER.title)!;
    const { learningRate } = REBER.contestants[place]!;
    const { task, units, batch, target, times } = trial;
    const contestant = contestants[place]!;
    const own = { cell: contestant.cell, start: startOf(trial, contestant), learningRate, seed: SEED };
    return study({ task, units, batch, target, times, ...own, budget: sequences, evaluations: 2, threads: 1 });
  }

  test("is that of Node to the last digit, LSTM and RNN: curve, score, gaps, gradient; and its file opens", async (context) => {
    context.skip(whyNoBrowser !== undefined, whyNoBrowser);
    const { page, context: own, faults } = await open(browser, { link: "view=contrast&trial=embeddedReber" });
    await field(page, "seed").fill(String(SEED));
    await field(page, "sequences at most").fill(String(sequences));
    await page.getByRole("button", { name: "Train", exact: true }).click();
    const names = REBER.contestants.map(({ name }) => name);
    await expect.poll(() => states(page), { timeout: 30_000 }).toEqual(names.map(() => "target not met"));
    expect(await page.locator(".run").first().innerText()).toMatch(/steps\/s/);

    const [gaps, start, trained, curves] = [/ by gap$/, /before training$/, /after training$/, "Learning curves"];
    const shown = [];
    for (const title of [gaps!, start!, trained!, curves!]) shown.push(await columnsOf(figure(page, title)));
    const scores = await page
      .getByRole("region", { name: "Every run, table" })
      .locator("tbody tr")
      .evaluateAll((rows) => rows.map((row) => (row.children[3] as HTMLElement).dataset["v"]!));
    for (const place of [0, 1]) {
      const expected = await inNode(place);
      const column = `${names[place]} here, seed ${SEED}`;
      const { byGap, gradient, curve } = expected;
      // the kernels give the same bits on every machine
      expect(shown.map((columns) => columns[column])).toEqual([
        byGap.score,
        gradient.start,
        gradient.trained,
        curve.score,
      ]);
      expect(Number(scores[scores.length - names.length + place])).toBe(expected.score);
      expect(new Set([...gradient.start, ...gradient.trained]).size).toBeGreaterThan(20);
    }

    const saved = page.waitForEvent("download");
    await page.getByRole("button", { name: "Save the model" }).first().click();
    const model = await modelFrom(readFileSync(await (await saved).path()));
    expect(model.facts).toMatchObject({ task: { name: "embeddedReber" }, symbols: [..."BTPSXVE"] });
    model.close();
    await page.getByRole("button", { name: "Look inside" }).first().click();
    await page.waitForFunction(() => /text=B[TP][BTPSXVE]+/.test(location.hash));
    expect(faults).toEqual([]);
    await own.close();
  });

  test("goes on while other tabs are shown, and stops with what it has learned", async (context) => {
    context.skip(whyNoBrowser !== undefined, whyNoBrowser);
    const { page, context: own } = await open(browser, { link: "view=contrast&trial=embeddedReber" });
    await field(page, "sequences at most").fill("9000000");
    await page.getByRole("button", { name: "Train", exact: true }).click();
    const seen = () => page.locator(".run progress").first().getAttribute("value").then(Number);
    await expect.poll(seen).toBeGreaterThan(0);
    await page.locator(".tabs a", { hasText: "Open" }).click();
    await page.waitForTimeout(300);
    await page.locator(".tabs a", { hasText: "RNN and LSTM" }).click();
    await page.getByRole("button", { name: "Stop" }).click();
    await expect.poll(() => states(page), { timeout: 30_000 }).toEqual(REBER.contestants.map(() => "stopped"));
    expect(await page.getByRole("button", { name: "Look inside" }).count()).toBeGreaterThan(0);
    await own.close();
  });

  test("that cannot be made says why, in the library's words", async (context) => {
    context.skip(whyNoBrowser !== undefined, whyNoBrowser);
    const { page, context: own, faults } = await open(browser, { link: "view=contrast&trial=embeddedReber" });
    for (const [name, text] of [
      ["sequences at most", "many"],
      ["seed", "-1.5"],
    ] as const) {
      const before = await field(page, name).inputValue();
      await field(page, name).fill(text);
      await page.getByRole("button", { name: "Train", exact: true }).click();
      const alert = page.locator(".run [role=alert]").first();
      await expect.poll(() => alert.textContent()).toContain(`${name.split(" ")[0]} is ${Number(text)}; expected`);
      await field(page, name).fill(before);
    }
    expect(faults).toEqual([]);
    await own.close();
  });
});
