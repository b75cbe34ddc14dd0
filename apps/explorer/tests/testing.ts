/** Models for tests of the page: small, with start values of their own seed, and with a vocabulary. */
import {
  type Cell,
  createModel,
  dense,
  embedding,
  gru,
  lstm,
  type Model,
  recurrent,
  sequential,
  simpleRnn,
} from "cellstate";
import type { Page } from "playwright-core";

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
