/** A model of words as `cellstate train --level word` writes it: its card, and how what is typed becomes its words. */
import { modelFrom, trainLanguage } from "cellstate";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launch, open, whyNoBrowser } from "./browser.ts";
import { build } from "./build.ts";
import { openAt, openIn } from "./testing.ts";

let browser: Browser;
let bytes: Uint8Array;
beforeAll(async () => {
  const text = 'The cat sat on the mat, and the dog ran. "Go!" said Mr. X.\n'.repeat(40);
  const options = { level: "word", units: 9, embedding: 5, batch: 4, window: 8, steps: 20, seed: 2 } as const;
  const { model } = await trainLanguage(text, { ...options, name: "cats.txt", threads: 1 });
  bytes = model.toBytes();
  model.close();
  if (whyNoBrowser !== undefined) return;
  build();
  browser = await launch();
});
afterAll(() => browser?.close());

test("reads what is typed as words, signs and spaces, and says what it reads as <unk>", async (context) => {
  context.skip(whyNoBrowser !== undefined, whyNoBrowser);
  const text = 'the dog ran.  "Go!" said the zebra.\n';
  const { page, faults, close } = await openAt(browser, await modelFrom(bytes), { view: "sequence", text });
  const tokens = await page.locator(".coloured [data-step]").allInnerTexts();
  // a blank more than the rule has, and a line's end, are words of their own
  expect(tokens.map((token) => token.trim())).toEqual([
    "the",
    "dog",
    "ran",
    ".",
    "",
    '"',
    "Go",
    "!",
    '"',
    "said",
    "the",
    "<unk>",
    ".",
    "↵",
  ]);
  expect(await page.locator(".messages").innerText()).toContain("does not know “zebra”: read as <unk>.");
  expect(faults).toEqual([]);
  await close();
});

test("begins with words of its own, and its card counts words", async (context) => {
  context.skip(whyNoBrowser !== undefined, whyNoBrowser);
  const { page, context: own } = await open(browser, { link: "view=open" });
  await openIn(page, await modelFrom(bytes), "cats.safetensors");
  const card = (await page.locator(".model-card").innerText()).replaceAll("\u202f", " ");
  expect(card).toMatch(/nats a word on text it was not trained on: \d+ % (better|worse) than counting pairs of words/);
  expect(card).toMatch(/cats\.txt, 880 words/);
  await page.locator(".tabs a", { hasText: /^Sequence$/ }).click();
  expect(await page.locator("#text").inputValue()).toMatch(/^[\p{L} ]+\.$/u);
  await own.close();
});
