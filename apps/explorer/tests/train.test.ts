/** Training on a text in the page: what is said before, what is seen on the way, the file at the end, and refusals. */
import { readFileSync } from "node:fs";
import { generateText, modelFrom } from "cellstate";
import type { Browser, Download, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launch, open, serve, whyNoBrowser } from "./browser.ts";
import { build } from "./build.ts";
import { numbersIn } from "./testing.ts";

let browser: Browser;
beforeAll(async () => {
  if (whyNoBrowser !== undefined) return;
  build();
  browser = await launch();
});
afterAll(() => browser?.close());

const TEXT = "the cat sat on the mat, and the dog ran.\r\n".repeat(120);

const field = (page: Page, name: string) => page.getByLabel(name, { exact: true });

/** Gives the page a text and says how long it may train on it. */
async function prepare(page: Page, seconds: string, text = TEXT): Promise<void> {
  await field(page, "Text to learn").last().fill(text);
  await field(page, "other").check();
  await field(page, "seconds").fill(seconds);
  await field(page, "units").fill("32");
}

async function saved(page: Page): Promise<Buffer> {
  const [file] = await Promise.all([
    page.waitForEvent("download") as Promise<Download>,
    page.getByRole("button", { name: /^Save the model/ }).click(),
  ]);
  return readFileSync(await file.path());
}

describe("a text", () => {
  test("is learned within a time; the file is the library's, and writes in Node", async (context) => {
    context.skip(whyNoBrowser !== undefined, whyNoBrowser);
    const { page, context: own, faults, asked } = await open(browser, { link: "view=train" });
    await prepare(page, "3", "");
    await page.setInputFiles("main input[type=file]", {
      name: "cat.txt",
      mimeType: "text/plain",
      buffer: Buffer.from(TEXT),
    });
    await page.locator(".train-facts").waitFor();
    const facts = (await page.locator(".train-facts").innerText()).replaceAll("\u202f", " ");
    expect(facts).toContain("4 920 characters");
    expect(facts).toContain("120 line ends of Windows");
    expect(facts).toMatch(/from counting pairs; \d?\.\d+ from (triples|\d-grams)/);
    const begin = Date.now();
    await page.getByRole("button", { name: "Train", exact: true }).click();
    await page.getByText("done", { exact: true }).waitFor();
    expect(Date.now() - begin).toBeLessThan(15_000);
    expect(await page.getByText(/updates were timed/).textContent()).toMatch(/So 3 s are [\d\s]+ updates/);

    const model = await modelFrom(await saved(page));
    const training = model.facts["training"] as { bestStep: number; validationLoss: number };
    const baseline = model.facts["baseline"] as { bigram: number };
    expect(training.validationLoss).toBeLessThan(baseline.bigram);
    expect([...generateText(model, { prompt: "the c", length: 12, temperature: 0 })].join("")).toBe("at sat on th");
    expect(model.facts).toMatchObject({ task: "language", data: { name: "cat.txt", characters: 4920 } });
    const shown = await numbersIn(page, ".figures");
    expect(shown[0]).toBeCloseTo(training.validationLoss, 12);
    model.close();

    await page.getByRole("button", { name: "Look inside" }).click();
    await page.waitForFunction(() => location.hash.includes("model=cat.safetensors"));
    expect(faults).toEqual([]);
    expect(asked).toEqual([]);
    await own.close();
  });

  test("goes on unseen, stops when asked, and the best so far is kept", async (context) => {
    context.skip(whyNoBrowser !== undefined, whyNoBrowser);
    const { page, context: own, faults } = await open(browser, { link: "view=train" });
    await prepare(page, "600");
    await page.getByText("More settings").click();
    await field(page, "cell").selectOption("gru");
    await page.getByRole("button", { name: "Train", exact: true }).click();
    await page.locator("progress").waitFor();
    await page.locator(".tabs a", { hasText: "Open" }).click();
    await page.waitForTimeout(500);
    await page.locator(".tabs a", { hasText: "Train" }).click();
    const made = () => page.locator("progress").getAttribute("value").then(Number);
    const before = await made();
    await expect.poll(made).toBeGreaterThan(before);
    await page.getByRole("button", { name: "Stop and keep the best" }).click();
    await page.getByText("stopped", { exact: true }).waitFor();
    const model = await modelFrom(await saved(page));
    expect(model.architecture.layers[1]).toMatchObject({ cell: { name: "GRU" } });
    model.close();
    expect(faults).toEqual([]);
    await own.close();
  });

  test("is learned by threads where the page is isolated", async (context) => {
    context.skip(whyNoBrowser !== undefined, whyNoBrowser);
    const { address, server } = await serve(true);
    const { page, context: own, faults, asked } = await open(browser, { link: "view=train", address });
    await prepare(page, "600", TEXT.repeat(12));
    await field(page, "units").fill("128");
    await page.getByRole("button", { name: "Train", exact: true }).click();
    const cores = await page.evaluate(() => Math.min(8, navigator.hardwareConcurrency));
    expect(await page.getByText(/updates were timed/).textContent()).toContain(`on ${cores} thread`);
    await page.locator("progress").waitFor();
    await page.getByRole("button", { name: "Stop and keep the best" }).click();
    await page.getByText("stopped", { exact: true }).waitFor();
    expect(faults).toEqual([]);
    expect(asked).toEqual([]);
    await own.close();
    server.close();
  });
});

describe("what cannot be learned", () => {
  test("is said in the library's words, before anything begins", async (context) => {
    context.skip(whyNoBrowser !== undefined, whyNoBrowser);
    const { page, context: own, faults } = await open(browser, { link: "view=train" });
    const says = page.locator("[aria-label='What is trained'] [role=alert]");
    const train = page.getByRole("button", { name: "Train", exact: true });
    expect(await train.isDisabled()).toBe(true);
    const rows = Array.from({ length: 30 }, (_, k) => `2024-01-${k + 1},${k * 3},${k / 7}`).join("\n");
    const refused: [string, RegExp][] = [
      ["hello", /text is 5 characters long; expected at least 100/],
      ["a".repeat(500), /the same character 500 times; expected at least two different characters/],
      [`date,price,share\n${rows}`, /text is a table with 3 columns; expected running text/],
      [`${TEXT}\0`, /holds zero bytes/],
    ];
    for (const [text, sentence] of refused) {
      await prepare(page, "3", text);
      await expect.poll(() => says.textContent()).toMatch(sentence);
      expect(await train.isDisabled()).toBe(true);
    }
    await page.setInputFiles("main input[type=file]", {
      name: "notes.csv",
      mimeType: "text/csv",
      buffer: Buffer.from(TEXT),
    });
    await expect.poll(() => says.textContent()).toMatch(/notes.csv|a table/);

    await prepare(page, "3");
    await page.getByText("More settings").click();
    const wrong: [string, string, RegExp][] = [
      ["learning rate", "fast", /learningRate is NaN; expected a number above 0/],
      ["units", "0", /units is 0; expected a whole number of at least 1/],
      ["dropout", "1", /dropout is 1; expected a number from 0 up to, not with, 1/],
      ["seconds", "-3", /seconds is -3; expected a number above 0/],
    ];
    for (const [name, value, sentence] of wrong) {
      const before = await field(page, name).inputValue();
      await field(page, name).fill(value);
      await expect.poll(() => says.textContent()).toMatch(sentence);
      await field(page, name).fill(before);
      await page.locator(".train-facts").waitFor();
    }
    expect(faults).toEqual([]);
    await own.close();
  });

  test("a poem with commas is no table", async (context) => {
    context.skip(whyNoBrowser !== undefined, whyNoBrowser);
    const { page, context: own } = await open(browser, { link: "view=train" });
    await prepare(page, "3", "the sun, the moon, the rain,\nthe wind, the snow, again,\n".repeat(10));
    await page.locator(".train-facts").waitFor();
    expect(await page.locator("[role=alert]").count()).toBe(0);
    await own.close();
  });
});
