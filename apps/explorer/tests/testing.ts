/** Models for tests of the page: small, with start values of their own seed, and with a vocabulary. */
import { readFileSync } from "node:fs";
import {
  type Cell,
  createModel,
  dense,
  embedding,
  encode,
  gru,
  lstm,
  type Model,
  recurrent,
  sequential,
  simpleRnn,
} from "cellstate";
import type { Browser, Page } from "playwright-core";
import { withModel } from "../src/embedded.ts";
import { type Look, type Opened, open, ready, serve } from "./browser.ts";
import { builtPage } from "./build.ts";

const LETTERS = [..."\n abcdefghijklmnopqrstuvwxyz."];

export interface Wanted {
  readonly cell?: Cell;
  readonly layers?: number;
  readonly units?: number;
  readonly seed?: number;
  readonly direction?: "forward" | "both";
}

/** Reads characters; its weights are random, asymmetric and large enough to do something. */
export async function letterModel({
  cell = lstm,
  layers = 1,
  units = 11,
  seed = 3,
  direction = "forward",
}: Wanted = {}): Promise<Model> {
  const architecture = sequential(
    embedding({ vocabulary: LETTERS.length, size: 7 }),
    recurrent(cell as typeof lstm, { units, layers, direction, start: { W: "normal", R: "normal" } }),
    dense({ units: LETTERS.length }),
  );
  return createModel(architecture, { seed, facts: { vocabulary: { characters: LETTERS } }, threads: 1 });
}

/** One layer, two layers, GRU, plain RNN. */
export const fixedModels: readonly (Wanted & { readonly name: string })[] = [
  { name: "lstm", cell: lstm },
  { name: "two layers", cell: lstm, layers: 2, seed: 4 },
  { name: "gru", cell: gru, seed: 5 },
  { name: "rnn", cell: simpleRnn as unknown as Cell, seed: 6 },
];

/** Gives the page a file, as a person would choose it. */
export async function choose(page: Page, name: string, bytes: Uint8Array): Promise<void> {
  await page.locator(".tabs a", { hasText: /^Open$/ }).click();
  await page.setInputFiles("input[type=file]", {
    name,
    mimeType: "application/octet-stream",
    buffer: Buffer.from(bytes),
  });
}

/** Opens a model in the page and waits until its card is there. */
export async function openIn(page: Page, model: Model, name = "model.safetensors"): Promise<void> {
  await choose(page, name, model.toBytes());
  await page.locator(".model-card h2", { hasText: name }).waitFor();
}

/** Every number on screen with its place's `data-v`, in the order of the page. */
export const numbersIn = (page: Page, selector: string): Promise<number[]> =>
  page
    .locator(`${selector} [data-v]`)
    .evaluateAll((all) => all.map((one) => Number((one as HTMLElement).dataset["v"])));

/** The page with this model in it, served, at a view: `close` ends all of it. */
export async function openAt(
  browser: Browser,
  model: Model,
  link: Readonly<Record<string, string>>,
  look: Look = {},
): Promise<Opened & { close(): Promise<void> }> {
  const html = withModel(readFileSync(builtPage, "utf8"), "mine", model.toBytes(), { isOwn: true });
  const { address, server } = await serve(true, () => html);
  const at = new URLSearchParams({ model: "mine", ...link }).toString();
  const opened = await open(browser, { ...look, address, link: at });
  await ready(opened.page);
  return {
    ...opened,
    async close() {
      await opened.context.close();
      server.close();
    },
  };
}

/** A text's symbols as the models of these tests read them. */
export const idsOf = (text: string): Uint32Array => encode(text, { characters: LETTERS });
