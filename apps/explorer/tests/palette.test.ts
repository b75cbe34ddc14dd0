/**
 * The colours of the stages stay apart for every kind of colour blindness, and stand out from the ground: as Chromium
 * shows them, in both themes.
 */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launch, open, whyNoBrowser } from "./browser.ts";
import { build } from "./build.ts";
import { contrast, difference, type Rgb } from "./colour.ts";

const APART = 12; // CIEDE2000; two colours side by side are told apart at a glance
const SHAPE = 3; // contrast to the ground, WCAG 1.4.11
const NAMES = [1, 2, 3, 4, 5, 6].map((k) => `--stage-${k}`);

let browser: Browser;
beforeAll(async () => {
  if (whyNoBrowser !== undefined) return;
  build();
  browser = await launch();
});
afterAll(() => browser?.close());

/** The colours as they come out of the screen: swatches over the page, photographed and read. */
async function seen(page: Page, names: readonly string[]): Promise<Rgb[]> {
  await page.evaluate((all) => {
    document.querySelector("#swatches")?.remove();
    const holder = document.createElement("div");
    holder.id = "swatches";
    holder.style.cssText = "position:fixed;inset:0 auto auto 0;display:flex;z-index:999";
    for (const name of all) {
      const swatch = document.createElement("div");
      swatch.style.cssText = `width:20px;height:20px;background:var(${name})`;
      holder.append(swatch);
    }
    document.body.append(holder);
  }, names);
  const clip = { x: 0, y: 0, width: 20 * names.length, height: 20 };
  const picture = (await page.screenshot({ clip, scale: "css" })).toString("base64");
  return page.evaluate(
    async ([data, count]) => {
      const image = new Image();
      image.src = `data:image/png;base64,${data}`;
      await image.decode();
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [image.width, image.height];
      const context = canvas.getContext("2d")!;
      context.drawImage(image, 0, 0);
      return Array.from({ length: count }, (_, k) => {
        const [r, g, b] = context.getImageData(k * 20 + 10, 10, 1, 1).data;
        return [r!, g!, b!] as const;
      });
    },
    [picture, names.length] as const,
  );
}

const KINDS = ["none", "protanopia", "deuteranopia", "tritanopia", "achromatopsia"] as const;

describe.each(["light", "dark"] as const)("the %s colours of the stages", (theme) => {
  test("are told apart under every deficiency that leaves colours, and stand out from card and ground", async (context) => {
    context.skip(whyNoBrowser !== undefined, whyNoBrowser);
    const { page, context: own } = await open(browser, { theme });
    const session = await own.newCDPSession(page);
    const least: Record<string, number> = {};
    for (const type of KINDS) {
      await session.send("Emulation.setEmulatedVisionDeficiency", { type });
      const colours = await seen(page, NAMES);
      const pairs = colours.flatMap((a, i) => colours.slice(i + 1).map((b) => difference(a, b)));
      least[type] = Math.min(...pairs);
    }
    // without colour only lightness is left, and six of them are not told apart: hence numerals and signs everywhere
    expect(least["achromatopsia"]).toBeLessThan(APART);
    for (const type of KINDS.slice(0, -1)) expect(least[type], type).toBeGreaterThanOrEqual(APART);
    await session.send("Emulation.setEmulatedVisionDeficiency", { type: "none" });
    const [card, ground, ...stages] = await seen(page, ["--card", "--ground", ...NAMES]);
    for (const colour of stages) {
      expect(contrast(colour, card!)).toBeGreaterThanOrEqual(SHAPE);
      expect(contrast(colour, ground!)).toBeGreaterThanOrEqual(SHAPE);
    }
    await own.close();
  });
});

test("the measure of difference gives the published pairs of Sharma, Wu and Dalal 2005 and WCAG's contrast", () => {
  expect(difference.ofLab([50, 2.6772, -79.7751], [50, 0, -82.7485])).toBeCloseTo(2.0425, 4);
  expect(difference.ofLab([50, 2.5, 0], [73, 25, -18])).toBeCloseTo(27.1492, 4);
  expect(difference.ofLab([22.7233, 20.0904, -46.694], [23.0331, 14.973, -42.5619])).toBeCloseTo(2.0373, 4);
  expect(difference.ofLab([2.0776, 0.0795, -1.135], [0.9033, -0.0636, -0.5514])).toBeCloseTo(0.9082, 4);
  expect(contrast([255, 255, 255], [0, 0, 0])).toBeCloseTo(21, 6);
});
