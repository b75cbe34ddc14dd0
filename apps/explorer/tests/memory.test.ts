/** The view Memory: bars, lives, predictions and what-ifs are what the library says in Node, and the ledger adds up. */
import type { Model, Sequences } from "cellstate";
import { checkTrace, inputGradients, type Ledger, memoryLedger, probabilities } from "cellstate/analysis";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launch, whyNoBrowser } from "./browser.ts";
import { build } from "./build.ts";
import { fixedModels, idsOf, letterModel, numbersIn, openAt } from "./testing.ts";

const TEXT = "the king is dead. long live";
const STEP = 18;
const SOURCE = 6;
const UNIT = 4;
const TOLERANCE = 1e-6; // the same engine computes both
const PATIENCE = { timeout: 5000 }; // ms, for a machine that others use at the same time

let browser: Browser;
beforeAll(async () => {
  if (whyNoBrowser !== undefined) return;
  build();
  browser = await launch();
});
afterAll(() => browser?.close());

const inputOf = (text: string): Sequences => {
  const ids = idsOf(text);
  return { values: ids, shape: [1, ids.length] };
};

async function nextAfter(model: Model, x: Sequences, step: number): Promise<Float32Array> {
  const { values, shape } = await model.predict(x);
  return probabilities(values.subarray(step * shape.at(-1)!, (step + 1) * shape.at(-1)!));
}

async function expectNear(shown: () => Promise<number[]>, expected: ArrayLike<number>): Promise<void> {
  await expect.poll(async () => (await shown()).length, PATIENCE).toBe(expected.length);
  await expect
    .poll(async () => Math.max(...(await shown()).map((v, k) => Math.abs(v - expected[k]!))), PATIENCE)
    .toBeLessThanOrEqual(TOLERANCE);
}

const figure = (title: string) => `.figure[aria-label^="${title}"]`;

async function openTable(page: Page, title: string): Promise<string> {
  const own = figure(title);
  await page.locator(`${own} [data-table]`).click();
  await page.locator(`${own} table.data`).waitFor();
  return `${own} table.data`;
}

/** One of the columns after the row's name. */
const columnOf = async (page: Page, table: string, column: number, columns: number): Promise<number[]> =>
  (await numbersIn(page, table)).filter((_, k) => k % columns === column);

/** The rows of "what comes next": before, and after where something is changed. */
async function expectOutlook(page: Page, before: Float32Array, after: Float32Array): Promise<void> {
  const most = (id: number): number => Math.max(before[id]!, after[id]!);
  const ids = [...before.keys()].sort((a, b) => most(b) - most(a) || a - b).slice(0, 8);
  await expectNear(
    () => numbersIn(page, ".before"),
    ids.flatMap((id) => [before[id]!, after[id]!]),
  );
}

const layerOf = (wanted: { layers?: number }) => ({
  layer: wanted.layers === 2 ? "recurrent.1" : "recurrent.0",
  direction: "forward" as const,
});

const linkTo = (wanted: { layers?: number }, more: object = {}): Record<string, string> => ({
  view: "memory",
  text: TEXT,
  step: String(STEP),
  unit: String(UNIT),
  source: String(SOURCE),
  layer: wanted.layers === 2 ? "1" : "0",
  ...more,
});

const linear = fixedModels.filter(({ name }) => name !== "rnn");

describe.each(linear)("of a model ($name)", (wanted) => {
  const at = layerOf(wanted);

  test("ledger, gradient, life, half-lives and predictions are the library's numbers", async (context) => {
    context.skip(whyNoBrowser !== undefined, whyNoBrowser);
    const model = await letterModel(wanted);
    const x = inputOf(TEXT);
    const ledger = await memoryLedger(model, x, at);
    const { page, close, faults } = await openAt(browser, model, linkTo(wanted));

    const bars = await openTable(page, "Who wrote");
    const { norms } = ledger.at(STEP);
    const left = Float64Array.from({ length: TEXT.length + 1 }, (_, k) => norms[k] ?? 0);
    const next = idsOf(TEXT)[STEP + 1]!;
    const influence = await inputGradients(model, x, { step: STEP, target: next });
    // the first state, which is no input, has no gradient: one number, then two in every row
    const [first, ...others] = [...left];
    await expectNear(
      () => numbersIn(page, bars),
      [first!, ...others.flatMap((value, k) => [value, influence.norms[k]!])],
    );
    const { values } = (await model.trace(x)).get(ledger.state, at);
    const largest = values.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
    const full = ledger.norms().reduce((most, v) => Math.max(most, v), 0);
    const facts = [ledger.error, largest, full, left[SOURCE + 1]!, Math.max(...influence.norms)];
    await expectNear(() => numbersIn(page, ".paths"), facts);

    const life = await openTable(page, "The life");
    const { shares, keeps } = ledger.retention(SOURCE);
    await expectNear(() => columnOf(page, life, 0, 2), shares);
    await expectNear(
      () => columnOf(page, life, 1, 2),
      shares.map((_, k) => keeps[k * ledger.units + UNIT]!),
    );
    const halves = await openTable(page, "Half-life");
    await expectNear(() => numbersIn(page, halves), ledger.halfLives.slice().sort().reverse());
    const all = await openTable(page, "Written when");
    const rows = Array.from({ length: TEXT.length + 1 }, (_, j) =>
      Array.from({ length: TEXT.length }, (_, t) => ledger.norms()[t * (TEXT.length + 1) + j]!),
    );
    await expectNear(() => numbersIn(page, all), rows.flat());

    const likely = [...(await nextAfter(model, x, STEP))].sort((a, b) => b - a).slice(0, 8);
    await expectNear(() => numbersIn(page, ".before"), likely);
    expect(faults).toEqual([]);
    await close();
    model.close();
  });

  test("a gate held at 0 or 1 gives what model.with gives", async (context) => {
    context.skip(whyNoBrowser !== undefined, whyNoBrowser);
    const model = await letterModel(wanted);
    const x = inputOf(TEXT);
    const gate = wanted.name === "gru" ? "z" : "f";
    const { page, close } = await openAt(browser, model, linkTo(wanted));
    const bars = await openTable(page, "Who wrote");
    const before = await nextAfter(model, x, STEP);
    const trained = await memoryLedger(model, x, at);
    for (const value of [1, 0]) {
      await page
        .locator(`input[name="hold-${gate}"]`)
        .nth(1 + value)
        .check();
      const clamped = model.with({ [gate]: value });
      const after = await nextAfter(clamped, x, STEP);
      expect(Math.max(...after.map((p, k) => Math.abs(p - before[k]!)))).toBeGreaterThan(1e-3);
      await expectOutlook(page, before, after);
      const ledger = await memoryLedger(clamped, x, at);
      const width = TEXT.length + 1;
      const line = (own: Ledger) => own.norms().subarray(STEP * width, (STEP + 1) * width);
      const slopes = await inputGradients(clamped, x, { step: STEP, target: idsOf(TEXT)[STEP + 1]! });
      const [now, was] = [line(ledger), line(trained)];
      await expectNear(
        () => numbersIn(page, bars),
        [...now].flatMap((v, k) => (k === 0 ? [v, was[0]!] : [v, was[k]!, slopes.norms[k - 1]!])),
      );
    }
    await page.locator("button", { hasText: "All as it was" }).click();
    const likely = [...before].sort((a, b) => b - a).slice(0, 8);
    await expectNear(() => numbersIn(page, ".before"), likely);
    await close();
    model.close();
  });
});

describe("the ledger in the page", () => {
  test("adds up to the state within 1e-5, for 20 random texts", { timeout: 60_000 }, async (context) => {
    context.skip(whyNoBrowser !== undefined, whyNoBrowser);
    const model = await letterModel({ units: 9, seed: 8 });
    const { page, close } = await openAt(browser, model, { view: "memory", text: "a start", value: "c" });
    const table = await openTable(page, "What c");
    const letters = "abcdefghijklmnopqrstuvwxyz .";
    let seed = 20;
    const random = (below: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((seed / 2_147_483_648) * below);
    };
    for (let k = 0; k < 20; k++) {
      const text = Array.from({ length: 5 + random(50) }, () => letters[random(letters.length)]).join("");
      const [step, unit] = [random(text.length), random(9)];
      await page.locator("#text").fill(text);
      await page.locator(".text-bar").evaluate((form) => (form as HTMLFormElement).requestSubmit());
      await expect.poll(() => page.locator(".strip .token").count()).toBe(text.length);
      await page.locator(".side input").last().fill(String(unit));
      await page.locator(".strip .token").nth(step).click();
      // the reference of the sum: the traced state in the inspector, of this text, step and unit
      const trace = (await model.trace(inputOf(text))).get("c");
      const expected = trace.values[step * 9 + unit]!;
      await expectNear(() => numbersIn(page, '.value[aria-pressed="true"]'), [expected]);
      await expect
        .poll(
          async () => {
            const sum = (await numbersIn(page, table)).reduce((all, part) => all + part, 0);
            return Math.abs(sum - expected);
          },
          { message: `seed ${seed}: "${text}", step ${step}, unit ${unit}`, timeout: 5000 },
        )
        .toBeLessThanOrEqual(1e-5);
    }
    await close();
    model.close();
  });

  test("is not there for a plain RNN: the library says why, and the gradient stands alone", async (context) => {
    context.skip(whyNoBrowser !== undefined, whyNoBrowser);
    const wanted = fixedModels.find(({ name }) => name === "rnn")!;
    const model = await letterModel(wanted);
    const x = inputOf(TEXT);
    const why = await memoryLedger(model, x).catch((error: Error) => error.message);
    const { page, close } = await openAt(browser, model, linkTo(wanted));
    await expect.poll(() => page.locator(".reason pre").innerText()).toBe(why);
    const { norms } = await inputGradients(model, x, { step: STEP, target: idsOf(TEXT)[STEP + 1]! });
    const table = await openTable(page, "What each token means");
    await expectNear(() => numbersIn(page, table), norms);
    expect(await page.locator(".clamps").count()).toBe(0);
    await close();
    model.close();
  });
});

test("a swapped token changes predictions and ledger as the other text does", async (context) => {
  context.skip(whyNoBrowser !== undefined, whyNoBrowser);
  const model = await letterModel();
  const { page, close } = await openAt(browser, model, linkTo({}));
  const bars = await openTable(page, "Who wrote");
  await page.locator(".symbol").fill("z");
  await page.locator(".symbol").press("Enter");
  const other = `${TEXT.slice(0, SOURCE)}z${TEXT.slice(SOURCE + 1)}`;
  const [x, y] = [inputOf(TEXT), inputOf(other)];
  await expectOutlook(page, await nextAfter(model, x, STEP), await nextAfter(model, y, STEP));
  const [was, now] = [(await memoryLedger(model, x)).at(STEP), (await memoryLedger(model, y)).at(STEP)];
  const { norms: slopes } = await inputGradients(model, y, { step: STEP, target: idsOf(TEXT)[STEP + 1]! });
  const width = TEXT.length + 1;
  await expectNear(
    () => numbersIn(page, bars),
    Array.from({ length: width }, (_, k) => [
      now.norms[k] ?? 0,
      was.norms[k] ?? 0,
      ...(k > 0 ? [slopes[k - 1]!] : []),
    ]).flat(),
  );
  await page.locator(".symbol").fill("ß");
  await page.locator(".symbol").press("Enter");
  await expect.poll(() => page.locator(".what-if").innerText()).toContain("The model does not know “ß”.");
  await close();
  model.close();
});

describe("by key", () => {
  test("c goes to the gates, arrows choose; , and . follow the next token; the text is a slider", async (context) => {
    context.skip(whyNoBrowser !== undefined, whyNoBrowser);
    const model = await letterModel();
    const { page, close } = await openAt(browser, model, linkTo({}));
    const life = () => page.locator(`${figure("The life")} .figure-says`).innerText();
    await page.locator("main").focus();
    await page.keyboard.press(".");
    await expect.poll(life).toContain(`step ${SOURCE + 2},`);
    await page.keyboard.press(",");
    await page.keyboard.press(",");
    await expect.poll(life).toContain(`step ${SOURCE},`);
    await page.locator(".ledger-text").focus();
    await page.keyboard.press("ArrowRight");
    await expect.poll(life).toContain(`step ${SOURCE + 1},`);
    expect(await page.locator(".steps .token.now").innerText()).toBe(TEXT[STEP]);
    await page.locator("main").focus();
    await page.keyboard.press("c");
    await page.keyboard.press("ArrowRight");
    await expect.poll(() => page.evaluate(() => location.hash)).toContain("fixed=f%3D0");
    await close();
    model.close();
  });
});

test("the badge says how many numbers the reference engine computed again, and how far apart they are", async (context) => {
  context.skip(whyNoBrowser !== undefined, whyNoBrowser);
  const model = await letterModel({ layers: 2, seed: 4 });
  const { page, close } = await openAt(browser, model, linkTo({ layers: 2 }));
  const { largest, compared } = await checkTrace(model, inputOf(TEXT));
  await page.locator("button", { hasText: "Check these numbers" }).click();
  const said = page.locator(".check p");
  await expectNear(() => numbersIn(page, ".check"), [largest]);
  expect(largest).toBeGreaterThan(0);
  expect(largest).toBeLessThan(1e-5);
  expect((await said.innerText()).replaceAll("\u202f", "")).toContain(`${compared} numbers`);
  // other numbers have not been checked
  await page.locator("#text").fill("something else");
  await expect.poll(() => said.innerText()).toBe("");
  await close();
  model.close();
});
