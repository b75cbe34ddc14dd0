/** The view Sequence: what it shows is what the library says, and a step costs next to nothing. */
import { type Model, sequences, type Trace } from "cellstate";
import { orderUnits, selectivity, similarSteps, summarize, timeScales } from "cellstate/analysis";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launch, whyNoBrowser } from "./browser.ts";
import { build } from "./build.ts";
import { fixedModels, idsOf, letterModel, numbersIn, openAt } from "./testing.ts";

const TEXT = "the king is dead.\nlong live the queen.";
const SPAN = { from: 4, to: 7 };
const TOLERANCE = 1e-6; // the same engine computes both

let browser: Browser;
beforeAll(async () => {
  if (whyNoBrowser !== undefined) return;
  build();
  browser = await launch();
});
afterAll(() => browser?.close());

const traceOf = (model: Model): Promise<Trace> => model.trace(sequences([idsOf(TEXT)]));

function expectNear(shown: readonly number[], expected: readonly number[]): void {
  expect(shown).toHaveLength(expected.length);
  for (const [k, value] of expected.entries()) expect(Math.abs(shown[k]! - value)).toBeLessThanOrEqual(TOLERANCE);
}

/** The order of the units in the figure's table, from the top. */
const unitsInTable = async (page: Page): Promise<number[]> =>
  (await page.locator(".figure table.data tbody th").allTextContents()).map(Number);

describe.each(fixedModels)("of a model ($name)", (wanted) => {
  const at = { layer: wanted.layers === 2 ? "recurrent.1" : "recurrent.0", direction: "forward" as const };
  const layer = wanted.layers === 2 ? "1" : "0";
  const value = wanted.name === "rnn" ? "h" : wanted.name === "gru" ? "z" : "f";

  test("text, table, ranks, likenesses and saturation are the library's numbers", async (context) => {
    context.skip(whyNoBrowser !== undefined, whyNoBrowser);
    const model = await letterModel(wanted);
    const trace = await traceOf(model);
    const own = trace.get(value, at);
    const units = own.shape[2];
    const link = { view: "sequence", text: TEXT, value, layer, unit: "3", span: "4-7", sort: "cluster" };
    const { page, close, faults } = await openAt(browser, model, link);
    const column = Array.from({ length: TEXT.length }, (_, t) => own.values[t * units + 3]!);
    expectNear(await numbersIn(page, ".coloured"), column);

    await page.locator("[data-table]").first().click();
    const order = [...orderUnits(own, "cluster")];
    await expect.poll(() => unitsInTable(page)).toEqual(order);
    expectNear(
      await numbersIn(page, ".figure table.data"),
      order.flatMap((unit) => column.map((_, t) => own.values[t * units + unit]!)),
    );

    const on = selectivity(own, [SPAN]).filter(({ score }) => score > 0);
    await page.locator(".ranked li").first().waitFor();
    expectNear(
      await numbersIn(page, ".ranked"),
      on.slice(0, 8).flatMap(({ auc, inside, outside }) => [auc, inside, outside]),
    );
    await page.locator(".ranked button").first().click();
    await expect.poll(() => page.locator(".side summary").innerText()).toContain(`unit ${on[0]!.unit}`);

    const summaries = trace.values.filter((one) => one.layer === at.layer);
    expectNear(
      await numbersIn(page, ".saturation"),
      summaries.flatMap((series) => {
        const below = series.values.every((v) => v >= 0 && v <= 1) ? 0.1 : -0.9;
        const { low, high, mean } = summarize(series, { below, above: 0.9 }).all;
        return [low, high, mean];
      }),
    );
    // of small networks no unit may be above .3 for so long; lower there are some
    await page.locator(".selected label input").last().fill("-0.9");
    await page.locator(".selected label input").last().press("Enter");
    const { matches } = similarSteps(trace.get("h", at), SPAN, { threshold: -0.9, most: 8 });
    expect(matches.length).toBeGreaterThan(1);
    const places = page.locator(".similar button");
    await expect.poll(() => places.count()).toBe(matches.length);
    expectNear(
      await numbersIn(page, ".similar"),
      matches.map(({ score }) => score),
    );
    await places.first().click();
    await expect.poll(() => page.locator(".side summary").innerText()).toContain(`step ${matches[0]!.to + 1} `);
    expect(faults).toEqual([]);
    await close();
    model.close();
  });

  test("units by time scale are in the library's order, or its reason is there why not", async (context) => {
    context.skip(whyNoBrowser !== undefined, whyNoBrowser);
    const model = await letterModel(wanted);
    const trace = await traceOf(model);
    const { page, close } = await openAt(browser, model, {
      view: "sequence",
      text: TEXT,
      value,
      layer,
      sort: "time scale",
    });
    const found = await timeScales(model, trace, at).catch((error: Error) => error);
    if (found instanceof Error) {
      expect(wanted.name).toBe("rnn");
      await expect.poll(() => page.locator(".figure .reason").innerText()).toBe(found.message);
    } else {
      await page.locator("[data-table]").first().click();
      const order = [...orderUnits(trace.get(value, at), "time scale", { scales: found.scales })];
      await expect.poll(() => unitsInTable(page)).toEqual(order);
    }
    await close();
    model.close();
  });
});

describe("a step", () => {
  test("repaints no picture, colours no token anew and leaves every row where it is", async (context) => {
    context.skip(whyNoBrowser !== undefined, whyNoBrowser);
    const model = await letterModel({ units: 40 });
    const { page, close } = await openAt(browser, model, { view: "sequence", text: TEXT, unit: "5" });
    await page.locator(".unit-map canvas").waitFor();
    await page.waitForTimeout(300);
    const seen = await page.evaluate(async () => {
      const counts = { paints: 0, coloured: 0, nodes: 0, moved: 0 };
      const { prototype } = CanvasRenderingContext2D;
      const put = prototype.putImageData;
      prototype.putImageData = function (this: CanvasRenderingContext2D, ...given: never[]) {
        counts.paints++;
        return (put as (...all: never[]) => void).apply(this, given);
      } as typeof put;
      const watch = new MutationObserver((records) => {
        for (const { type, attributeName, target } of records) {
          const element = target as HTMLElement;
          if (type === "childList") counts.nodes++;
          else if (element.classList.contains("heat-step")) counts.moved++;
          else if (element.matches(".coloured span") && attributeName === "style") counts.coloured++;
        }
      });
      for (const part of document.querySelectorAll(".coloured, .unit-map")) {
        watch.observe(part, { subtree: true, childList: true, attributes: true });
      }
      for (let k = 0; k < 20; k++) {
        document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
        await new Promise((resolve) => requestAnimationFrame(resolve));
      }
      prototype.putImageData = put;
      return counts;
    });
    // what does happen shows that the watch sees something
    expect(seen.moved).toBeGreaterThanOrEqual(20);
    expect({ ...seen, moved: 0 }).toEqual({ paints: 0, coloured: 0, nodes: 0, moved: 0 });
    await close();
    model.close();
  });
});

describe("marking steps", () => {
  const fields = (page: Page) =>
    page
      .locator(".selected [role=group] input")
      .evaluateAll((all) => all.map((one) => (one as HTMLInputElement).value));

  test("goes by Shift and arrows, from where the cursor was, and Escape unmarks", async (context) => {
    context.skip(whyNoBrowser !== undefined, whyNoBrowser);
    const model = await letterModel();
    const { page, close } = await openAt(browser, model, { view: "sequence", text: TEXT, step: "6" });
    await page.locator("main").focus();
    await page.keyboard.press("Shift+ArrowRight");
    await page.keyboard.press("Shift+ArrowRight");
    expect(await fields(page)).toEqual(["7", "9"]);
    await page.keyboard.press("Shift+ArrowLeft");
    expect(await fields(page)).toEqual(["7", "8"]);
    await page.keyboard.press("Escape");
    expect(await fields(page)).toEqual(["", ""]);
    await close();
    model.close();
  });

  test("goes by a drag over the map, and by two fields", async (context) => {
    context.skip(whyNoBrowser !== undefined, whyNoBrowser);
    const model = await letterModel();
    const { page, close } = await openAt(browser, model, { view: "sequence", text: TEXT });
    const map = page.locator(".unit-map canvas");
    await map.scrollIntoViewIfNeeded();
    const { x, y, width } = (await map.boundingBox())!;
    const middle = (step: number) => x + ((step + 0.5) / TEXT.length) * width;
    await page.mouse.move(middle(10), y + 20);
    await page.mouse.down();
    await page.mouse.move(middle(7), y + 30, { steps: 4 });
    await page.mouse.up();
    expect(await fields(page)).toEqual(["8", "11"]);
    await page.locator(".selected input").first().fill("3");
    await page.locator(".selected input").first().press("Enter");
    await page.locator(".selected [role=group] input").last().focus();
    expect(await fields(page)).toEqual(["3", "11"]);
    await close();
    model.close();
  });
});

test("a phone begins with 24 of the units, and has them all after some more", async (context) => {
  context.skip(whyNoBrowser !== undefined, whyNoBrowser);
  const model = await letterModel({ units: 60 });
  const { page, close } = await openAt(browser, model, { view: "sequence", text: TEXT }, { width: 390 });
  const rows = () => page.locator(".unit-map canvas").evaluate((map) => (map as HTMLCanvasElement).height);
  expect(await rows()).toBe(24);
  await page.locator("button", { hasText: "more rows" }).click();
  await expect.poll(rows).toBe(48);
  await page.locator("button", { hasText: "more rows" }).click();
  await expect.poll(rows).toBe(60);
  await close();
  model.close();
});
