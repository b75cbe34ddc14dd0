/**
 * What holds for every view: no axe violation in both themes and widths, nothing wider than the page, everything to be
 * reached by key, targets large enough for fingers, no movement where none is wanted, nothing asked of any address.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launch, open, whyNoBrowser } from "./browser.ts";
import { build } from "./build.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let browser: Browser;
beforeAll(async () => {
  if (whyNoBrowser !== undefined) return;
  build();
  browser = await launch();
});
afterAll(() => browser?.close());

/** The tabs, as the page has them. */
const tabsOf = (page: Page): Promise<string[]> => page.locator(".tabs a").allTextContents();

async function show(page: Page, tab: string): Promise<void> {
  await page.locator(".tabs a", { hasText: new RegExp(`^${tab}$`) }).click();
  await page.waitForFunction((title) => document.title.startsWith(title), tab);
  // what is computed for the view, and painted
  await page.waitForTimeout(400);
}

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** In the page; its policy lets no script tag in, so the text is evaluated from outside. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const found = (await page.evaluate("axe.run(document, { resultTypes: ['violations'] })")) as {
    violations: Violation[];
  };
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map((n) => `${id}: ${n.html.slice(0, 160)} ${n.failureSummary}`),
  );
}

const looks = [
  { width: 1280, theme: "light" },
  { width: 1280, theme: "dark" },
  { width: 390, theme: "light" },
  { width: 390, theme: "dark" },
] as const;

describe.each(looks)("at $width, $theme, every view", (look) => {
  test("has no axe violation, is no wider than the page, asks for nothing and breaks nothing", async (context) => {
    context.skip(whyNoBrowser !== undefined, whyNoBrowser);
    const { page, context: own, asked, faults } = await open(browser, look);
    await page.locator(".tabs a").first().waitFor();
    const wrong: Record<string, string[]> = {};
    for (const tab of await tabsOf(page)) {
      await show(page, tab);
      const found = await violations(page);
      const wider = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      if (wider > 0) found.push(`${wider} pixels wider than the page`);
      if (look.width === 390) found.push(...(await smallTargets(page)));
      if (found.length > 0) wrong[tab] = found;
    }
    expect(wrong).toEqual({});
    expect(asked).toEqual([]);
    expect(faults).toEqual([]);
    await own.close();
  });
});

/** Controls that a finger would miss: under 44 pixels in both directions, and not inside a line of text. */
const smallTargets = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const all = [
      ...document.querySelectorAll<HTMLElement>("button, select, summary, input, a, [role=slider], [role=tab]"),
    ];
    return all
      .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.closest(".unseen, p"))
      .filter((one) => !one.classList.contains("unseen") && !one.classList.contains("skip"))
      .filter((one) => !/^(checkbox|radio|range|file)$/.test((one as HTMLInputElement).type ?? ""))
      .filter((one) => one.getBoundingClientRect().height < 43.5)
      .map(
        (one) => `target of ${Math.round(one.getBoundingClientRect().height)} pixels: ${one.outerHTML.slice(0, 120)}`,
      );
  });

describe("by key alone", () => {
  test("every tab opens, every control of every view is reached, and focus goes round", async (context) => {
    context.skip(whyNoBrowser !== undefined, whyNoBrowser);
    const { page, context: own } = await open(browser);
    await page.locator(".tabs a").first().waitFor();
    const tabs = await tabsOf(page);
    for (const tab of tabs) {
      await page.locator(".tabs a", { hasText: new RegExp(`^${tab}$`) }).focus();
      await page.keyboard.press("Enter");
      await page.waitForFunction((title) => document.title.startsWith(title), tab);
      await page.waitForTimeout(300);
      const missed = await controlsMissed(page);
      expect(missed, tab).toEqual([]);
    }
    await own.close();
  });

  test("? lists the keys, and Escape closes the list", async (context) => {
    context.skip(whyNoBrowser !== undefined, whyNoBrowser);
    const { page, context: own } = await open(browser);
    await page.locator(".tabs a").first().waitFor();
    await page.locator("main").focus();
    await page.keyboard.press("?");
    const listed = await page.locator("dialog[open] kbd").allTextContents();
    expect(listed).toEqual(
      expect.arrayContaining(["Space", "←", "→", "Home", "End", "↑", "↓", "g", "[", "]", "t", "/", "?"]),
    );
    await page.keyboard.press("Escape");
    expect(await page.locator("dialog[open]").count()).toBe(0);
    await own.close();
  });
});

/** Goes through the page with Tab once round; what can be used and never had the focus. */
async function controlsMissed(page: Page): Promise<string[]> {
  await page.evaluate(() => {
    const marked = document as unknown as { reached: Set<Element> };
    marked.reached = new Set();
    document.addEventListener("focusin", (event) => marked.reached.add(event.target as Element));
    (document.activeElement as HTMLElement | null)?.blur();
  });
  const count = await page.evaluate(
    () => document.querySelectorAll("button, select, input, textarea, a, summary, [tabindex]").length,
  );
  for (let k = 0; k < count + 5; k++) await page.keyboard.press("Tab");
  return page.evaluate(() => {
    const { reached } = document as unknown as { reached: Set<Element> };
    const all = [
      ...document.querySelectorAll<HTMLElement>("button, select, input, textarea, a[href], summary, [role=slider]"),
    ];
    return (
      all
        .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.closest("dialog:not([open])"))
        .filter((one) => !(one as HTMLButtonElement).disabled && one.tabIndex >= 0 && !reached.has(one))
        // of radio buttons with one name the tab key reaches one, the arrows the others
        .filter((one) => (one as HTMLInputElement).type !== "radio")
        .map((one) => one.outerHTML.slice(0, 140))
    );
  });
}

describe("where less motion is wanted", () => {
  test("nothing moves in any view, also while it plays", async (context) => {
    context.skip(whyNoBrowser !== undefined, whyNoBrowser);
    const { page, context: own } = await open(browser, { isStill: true });
    await page.locator(".tabs a").first().waitFor();
    for (const tab of await tabsOf(page)) {
      await show(page, tab);
      await page.locator("main").focus();
      await page.keyboard.press(" ");
      await page.waitForTimeout(150);
      const moving = await page.evaluate(
        () => document.getAnimations().filter((a) => a.playState === "running").length,
      );
      expect(moving, tab).toBe(0);
      await page.keyboard.press(" ");
    }
    await own.close();
  });
});
