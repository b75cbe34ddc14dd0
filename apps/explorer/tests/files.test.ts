/** Files that people drop: good ones of every kind, and bad ones, which are told and change nothing. */
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  activityRegularization,
  cell,
  createModel,
  dense,
  embedding,
  layerNorm,
  lstm,
  modelFrom,
  quantize,
  recurrent,
  residual,
  sequential,
} from "cellstate";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readSafetensors, withDigest, writeSafetensors } from "../../../packages/cellstate/src/model/safetensors.ts";
import { launch, open, ready, whyNoBrowser } from "./browser.ts";
import { build } from "./build.ts";
import { choose, letterModel, openIn } from "./testing.ts";

let browser: Browser;
beforeAll(async () => {
  if (whyNoBrowser !== undefined) return;
  build();
  browser = await launch();
});
afterAll(() => browser?.close());

const problem = async (page: Page): Promise<string> => (await page.locator("[role=alert] pre").textContent()) ?? "";

/** The same file with one weight that is no number, sealed anew. */
function withNaN(bytes: Uint8Array): Uint8Array {
  const content = readSafetensors(bytes);
  const [name, tensor] = [...content.tensors].at(-1)!;
  const weights = tensor.bytes.slice();
  new DataView(weights.buffer).setFloat32(0, Number.NaN, true);
  return writeSafetensors(
    withDigest({ ...content, tensors: new Map(content.tensors).set(name, { ...tensor, bytes: weights }) }),
  );
}

describe("a bad file", () => {
  test("of any kind is told in the library's words, and the model before stays open", async (context) => {
    context.skip(whyNoBrowser !== undefined, whyNoBrowser);
    const { page, context: own, faults } = await open(browser, { link: "view=open" });
    const model = await letterModel();
    const good = model.toBytes();
    await openIn(page, model, "good.safetensors");
    const newer = new TextDecoder("latin1").decode(good).replace('\\"format\\":1', '\\"format\\":9');
    const broken: [string, Uint8Array, RegExp][] = [
      ["empty", new Uint8Array(0), /empty/],
      ["text", new TextEncoder().encode("Dear model, all is well."), /text/],
      ["cut", good.slice(0, good.length >> 1), /cut/],
      ["huge header", Uint8Array.from([255, 255, 255, 255, 255, 255, 255, 127, 123]), /huge header/],
      ["newer", Uint8Array.from(newer, (c) => c.charCodeAt(0)), /newer/],
      ["flipped", good.map((byte, k) => (k === good.length - 3 ? byte ^ 64 : byte)), /flipped/],
      ["no number", withNaN(good), /a finite number/],
    ];
    for (const [name, bytes, says] of broken) {
      await choose(page, name, bytes);
      await expect.poll(() => problem(page), { message: name }).toMatch(says);
      expect(await page.locator(".model-card h2").textContent()).toBe("good.safetensors");
    }
    const folder = mkdtempSync(join(tmpdir(), "cellstate-files-"));
    const large = join(folder, "large.safetensors");
    writeFileSync(large, "");
    truncateSync(large, 200 * 2 ** 20);
    await page.setInputFiles("input[type=file]", large);
    await expect.poll(() => problem(page)).toMatch(/large/);
    expect(await page.locator(".model-card h2").textContent()).toBe("good.safetensors");
    rmSync(folder, { recursive: true });
    await openIn(page, model, "again.safetensors");
    expect(await page.locator("[role=alert]").count()).toBe(0);
    expect(faults).toEqual([]);
    model.close();
    await own.close();
  });
});

describe("a file that is dropped", () => {
  test("opens a model that is dropped anywhere, and does not leave for another file", async (context) => {
    context.skip(whyNoBrowser !== undefined, whyNoBrowser);
    const { page, context: own } = await open(browser, { link: "view=cell" });
    await ready(page);
    const model = await letterModel({ seed: 9 });
    const drop = (name: string, bytes: Uint8Array) =>
      page.evaluate(
        ([file, given]) => {
          const dataTransfer = new DataTransfer();
          dataTransfer.items.add(new File([Uint8Array.from(given)], file));
          const event = new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true });
          document.querySelector("main")!.dispatchEvent(event);
          return event.defaultPrevented;
        },
        [name, [...bytes]] as const,
      );
    expect(await drop("notes.txt", new Uint8Array([1, 2, 3]))).toBe(true);
    await page.locator("[role=alert]").waitFor();
    expect(await page.locator(".model-name").innerText()).toBe("story");
    expect(await drop("mine.safetensors", model.toBytes())).toBe(true);
    await page.locator(".model-name", { hasText: "mine.safetensors" }).waitFor();
    expect(await page.locator("[role=alert]").count()).toBe(0);
    await own.close();
  });
});

describe("a good file", () => {
  test("shows its card: cell, equations, sizes, vocabulary, training, figure beside the baseline", async (context) => {
    context.skip(whyNoBrowser !== undefined, whyNoBrowser);
    const { page, context: own } = await open(browser, { link: "view=open" });
    const plain = await letterModel({ layers: 2 });
    const baseline = { bigram: 2.25, kneserNey: { order: 5, loss: 1.5, counted: 600 } };
    const split = { training: 900, validation: 100 };
    const facts = { task: "language", training: { validationLoss: 2.5, bestStep: 40 }, split, baseline };
    await openIn(page, plain.withFacts(facts), "card.safetensors");
    const card = (await page.locator(".model-card").innerText()).replaceAll("\u202f", " ");
    expect(card).toContain("2.500 nats a character on text it was not trained on: 11 % worse than counting pairs");
    expect(card).toContain("1.000 nats behind counting 5-grams (1.500), those of the last 600.");
    expect(card).toContain("LSTM: 11 units, 2 layers");
    expect(card).toContain("29 characters");
    expect(card).toContain("forget gate: how much of the old cell state to keep");
    expect(await page.locator(".model-card math mtr").count()).toBe(6);
    plain.close();
    await own.close();
  });

  test("may have 8-bit matrices, read values, be a stranger's cell, run both ways, or be deep and tied", async (context) => {
    context.skip(whyNoBrowser !== undefined, whyNoBrowser);
    const { page, context: own, faults } = await open(browser, { link: "view=open" });
    const letters = await letterModel();
    const strange = cell(
      "A stranger's",
      "k = sigmoid(W_k @ x + R_k @ h[t-1] + b_k)  # <b>keep</b>\nh = k * h[t-1] + (1 - k) * tanh(W_h @ x)",
    );
    const values = await createModel(sequential(recurrent(strange, { units: 5 }), dense({ units: 1 })), { input: 2 });
    const last = sequential(
      embedding({ vocabulary: 4, size: 3 }),
      recurrent(lstm, { units: 5, output: "last" }),
      dense({ units: 2 }),
    );
    const deep = sequential(
      embedding({ vocabulary: 4, size: 5 }),
      recurrent(lstm, { units: 5, layers: 2, residual: true, layerNorm: true }),
      residual(layerNorm(), recurrent(strange, { units: 5 })),
      activityRegularization({ l2: 2, temporal: 1 }),
      dense({ units: 4, tied: "embedding.0" }),
    );
    const models = {
      "int8.safetensors": await quantize(letters),
      "values.safetensors": values,
      "both.safetensors": await letterModel({ direction: "both" }),
      "last.safetensors": await createModel(last),
      "deep.safetensors": await createModel(deep),
    };
    for (const [name, model] of Object.entries(models)) {
      const again = await modelFrom(model.toBytes());
      await openIn(page, again, name);
      await page.waitForFunction((wanted) => location.hash.includes(encodeURIComponent(wanted)), name);
      expect(await page.locator("[role=alert]").count(), name).toBe(0);
      again.close();
      model.close();
    }
    letters.close();
    expect(faults).toEqual([]);
    await own.close();
  });
});
