/** The view Cell: every number is the library's, the stages come in order, sums add up, and every cell has a picture. */
import {
  type Cell,
  cell,
  cellDiagram,
  createModel,
  embedding,
  type Model,
  recurrent,
  sequential,
  zoo,
} from "cellstate";
import { arithmetic, diagramValues, summarize } from "cellstate/analysis";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Look, launch, open, whyNoBrowser } from "./browser.ts";
import { build } from "./build.ts";
import { fixedModels, letterModel, openIn } from "./testing.ts";

const TEXT = "the cat sat.";
const typed = cell(
  "A stranger's",
  `
  k = sigmoid(W_k @ x + R_k @ h[t-1] + b_k)     # what is kept
  s = k * s[t-1] + (1 - k) * tanh(W_s @ x)
  h = tanh(s + mean(s[t-1]))
  s[0] = 0.3
`,
);

let browser: Browser;
beforeAll(async () => {
  build();
  if (whyNoBrowser === undefined) browser = await launch();
});
afterAll(() => browser?.close());

/** Opens a model, types the text, and goes to the view. */
async function openCell(model: Model, look: Look = {}, text = TEXT) {
  const opened = await open(browser, { link: "view=open", ...look });
  const { page } = opened;
  await openIn(page, model);
  await page.locator(".tabs a", { hasText: /^Cell$/ }).click();
  await page.locator("#text").fill(text);
  await page.waitForFunction((count) => document.querySelectorAll(".strip .token").length === count, text.length);
  // the address follows a moment later
  await page.waitForFunction((wanted) => new URLSearchParams(location.hash.slice(1)).get("text") === wanted, text);
  await page.locator("main").focus();
  return opened;
}

interface Place {
  readonly step: number;
  readonly layer?: number;
  readonly unit: number;
  readonly value: string;
}

/** Through the address, as somebody who follows a link; waits until everything that follows later is there. */
async function goTo(page: Page, { step, layer = 0, unit, value }: Place): Promise<void> {
  await page.evaluate(
    (to) => {
      const link = new URLSearchParams(location.hash.slice(1));
      for (const [name, one] of Object.entries(to)) link.set(name, String(one));
      location.hash = link.toString();
    },
    { step, layer, unit, value },
  );
  const heading = page.locator(".arithmetic div:not(.outdated) > h2", {
    hasText: new RegExp(`${value} of unit ${unit}\\D`),
  });
  await heading.waitFor();
  // cards follow when there is time
  await page.waitForTimeout(70);
}

/** Numbers by the diagram's node, the cards' bars and spreads, the sum's parts: as they stand on screen, whole. */
const readScreen = (page: Page) =>
  page.evaluate(() => {
    const numberOf = (one: Element): number => Number((one as HTMLElement).dataset["v"]);
    const all = (from: ParentNode, what: string): number[] => [...from.querySelectorAll(what)].map(numberOf);
    return {
      nodes: [...document.querySelectorAll(".diagram [data-node]")].map(
        (node) => [(node as HTMLElement).dataset["node"]!, ...all(node, "[data-v]")] as const,
      ),
      values: [...document.querySelectorAll(".stage-value")].map((card) => ({
        name: card.querySelector(".value-name")!.textContent!,
        head: all(card, ".value [data-v]"),
        bars: [...card.querySelectorAll(".unit-bar")].map((bar) => ({
          unit: Number(bar.querySelector("small")!.textContent),
          value: numberOf(bar.querySelector("b")!),
        })),
        spread: all(card, ".spread [data-v]"),
      })),
      rows: [...document.querySelectorAll(".arithmetic table:first-of-type tbody tr")].map((row) =>
        all(row, "[data-v]"),
      ),
      foot: all(document, ".arithmetic table:first-of-type tfoot [data-v]"),
      put: all(document, ".put-in [data-v]"),
    };
  });

/** Node's and Chromium's exp and tanh, with which the oracle computes in float64, differ in their last bit. */
function same(shown: readonly number[], wanted: readonly number[]): void {
  expect(shown).toHaveLength(wanted.length);
  wanted.forEach((number, k) => expect(shown[k]).toBeCloseTo(number, 12));
}

describe.each([...fixedModels, { name: "a typed cell", cell: typed, seed: 8 }])(
  "of $name",
  ({ name: _, ...wanted }) => {
    test("every number on screen is the library's, at several steps and units, and sums add up", async (context) => {
      context.skip(whyNoBrowser !== undefined, whyNoBrowser);
      const model = await letterModel(wanted);
      const { page, context: own, faults } = await openCell(model);
      const letters = (model.facts["vocabulary"] as { characters: string[] }).characters;
      const ids = [...TEXT].map((letter) => letters.indexOf(letter));
      const trace = await model.trace({ values: Uint32Array.from(ids), shape: [1, ids.length] });
      const layers = [...new Set(trace.values.map(({ layer }) => layer))];
      const last = layers.length - 1;
      for (const [k, step, unit, n] of [
        [0, 0, 10, 0],
        [last, 7, 3, -2],
        [0, 11, 0, -1],
      ] as const) {
        const place = { layer: layers[k]!, direction: "forward" } as const;
        const traced = trace.values.filter(({ layer }) => layer === place.layer);
        // a plain RNN has one value
        const { name } = traced.at(n) ?? traced[0]!;
        await goTo(page, { step, unit, layer: k, value: name });
        const screen = await readScreen(page);
        const ofUnit = (one: string): number => {
          const { values, shape } = trace.get(one, place);
          return values[step * shape[2] + unit]!;
        };
        const flow = new Map(
          diagramValues(model, trace, place).map(({ id, values, size }) => [
            id,
            values[step * size + (size === 1 ? 0 : unit)]!,
          ]),
        );

        // the cards
        expect(screen.values.map((value) => value.name)).toEqual(traced.map((value) => value.name));
        for (const card of screen.values) {
          const { values, shape } = trace.get(card.name, place);
          const size = shape[2];
          const now = values.subarray(step * size, (step + 1) * size);
          const before = flow.get(`${card.name}[t-1]`);
          expect(card.head).toEqual([...(before === undefined ? [] : [before]), ofUnit(card.name)]);
          expect(card.bars[0]).toEqual({ unit, value: ofUnit(card.name) });
          const sizes = [...now].map(Math.abs).sort((a, b) => b - a);
          expect(card.bars.slice(1).map(({ value }) => Math.abs(value))).toEqual(sizes.slice(0, 12));
          for (const bar of card.bars) expect(bar.value).toBe(now[bar.unit]);
          const { all } = summarize({ values: now, shape: [1, size, 1] });
          const isPart = values.every((v) => v >= 0 && v <= 1);
          const shown = [all.min, all.mean, all.max, ...(isPart ? [all.low, all.high] : [])];
          same(card.spread, shown);
        }

        // the picture: each number of a node is its value's, or what flows from it
        expect(screen.nodes.length).toBeGreaterThan(3);
        for (const [id, ...numbers] of screen.nodes) {
          const known = flow.get(id) ?? ofUnit(id.replace(/^(state out|output) /, ""));
          for (const number of numbers) expect(number, id).toBe(known);
        }

        // the sum
        const found = arithmetic(model, trace, { ...place, name, unit, step });
        const { largest, rest, bias, others } = found.addends;
        const rows = [
          ...largest.map(({ weight, value, product }) => [weight, value, product]),
          ...(rest.count > 0 ? [[rest.value]] : []),
          ...[...bias, ...others].map(({ value }) => [value!]),
        ];
        const foot = [...(found.preActivation === undefined ? [] : [found.preActivation]), found.computed];
        same(
          screen.put,
          found.tokens.flatMap(({ value }) => value ?? []),
        );
        expect(screen.rows.map(({ length }) => length)).toEqual(rows.map(({ length }) => length));
        same(screen.rows.flat(), rows.flat());
        same(screen.foot, foot);
        const sum = screen.rows.reduce((total, row) => total + row.at(-1)!, 0);
        expect(sum).toBeCloseTo(screen.foot[0]!, 6);
        expect(found.computed).toBeCloseTo(ofUnit(name), 6);
      }
      expect(faults).toEqual([]);
      model.close();
      await own.close();
    });
  },
);

/** Which stage is lit, and which are dim. */
const stagesOn = (page: Page) =>
  page.evaluate(() => {
    const cards = [...document.querySelectorAll(".stage-card")];
    const places = (name: string): number[] =>
      cards.flatMap((card, k) => (card.classList.contains(name) ? [k + 1] : []));
    return { active: places("active"), later: places("later") };
  });
const stepOn = (page: Page): Promise<number> =>
  page.evaluate(() =>
    [...document.querySelector(".strip")!.children].findIndex((one) => one.classList.contains("now")),
  );

describe("stage by stage", () => {
  test("keys go to a stage, on and back over steps, and back to the whole step", async (context) => {
    context.skip(whyNoBrowser !== undefined, whyNoBrowser);
    const model = await letterModel();
    const { page, context: own } = await openCell(model);
    const press = async (...keys: string[]): Promise<void> => {
      for (const key of keys) await page.keyboard.press(key);
    };
    expect(await stagesOn(page)).toEqual({ active: [1], later: [] });
    await press("3");
    expect(await stagesOn(page)).toEqual({ active: [3], later: [4, 5, 6] });
    await press(".", ".", ".");
    expect(await stagesOn(page)).toEqual({ active: [6], later: [] });
    await press(".");
    expect([await stepOn(page), await stagesOn(page)]).toEqual([1, { active: [1], later: [2, 3, 4, 5, 6] }]);
    await press(",");
    expect([await stepOn(page), await stagesOn(page)]).toEqual([0, { active: [6], later: [] }]);
    await press(",");
    expect(await stagesOn(page)).toEqual({ active: [5], later: [6] });
    await press("Escape");
    expect(await stagesOn(page)).toEqual({ active: [5], later: [] });
    // the stage is the cursor's value, so that a link has it
    await page.waitForFunction(() => location.hash.includes("value=o"));
    await press("2", "ArrowRight");
    expect([await stepOn(page), await stagesOn(page)]).toEqual([1, { active: [2], later: [] }]);
    await press("9");
    expect(await stagesOn(page)).toEqual({ active: [2], later: [] });
    // the same without a keyboard
    for (const name of ["A stage on", "A stage on", "A stage back", "A stage on"]) {
      await page.getByRole("button", { name, exact: true }).click();
    }
    expect(await stagesOn(page)).toEqual({ active: [2], later: [3, 4, 5, 6] });
    await page.getByRole("button", { name: "stage 2 of 6: show all" }).click();
    expect(await stagesOn(page)).toEqual({ active: [2], later: [] });
    model.close();
    await own.close();
  });

  test.for([
    ["moving", false],
    ["still, where less motion is wanted", true],
  ] as const)("play goes through all stages and on to the next step, %s", async ([, isStill], context) => {
    context.skip(whyNoBrowser !== undefined, whyNoBrowser);
    const model = await letterModel();
    const { page, context: own } = await openCell(model, { isStill }, "ab");
    expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
    await page.getByLabel("Speed").selectOption("4");
    await page.locator("main").focus();
    await page.evaluate(() => {
      const seen: string[] = [];
      const moved: number[] = [];
      const look = (): void => {
        const step = [...document.querySelector(".strip")!.children].findIndex((one) => one.classList.contains("now"));
        const stage = [...document.querySelectorAll(".stage-card")].findIndex((one) =>
          one.classList.contains("active"),
        );
        const now = `${step + 1}.${stage + 1}`;
        if (seen.at(-1) !== now) seen.push(now);
      };
      const count = (): void => {
        moved.push(document.getAnimations().filter(({ playState }) => playState === "running").length);
        requestAnimationFrame(count);
      };
      // every change, also one that a busy machine never paints
      new MutationObserver(look).observe(document.body, {
        subtree: true,
        attributes: true,
        attributeFilter: ["class"],
      });
      look();
      count();
      Object.assign(window, { seen, moved });
    });
    await page.keyboard.press(" ");
    await page.waitForFunction(() => (window as unknown as { seen: string[] }).seen.at(-1) === "2.6");
    await page.getByRole("button", { name: "Play", exact: true }).waitFor();
    const { seen, moved } = await page.evaluate(() => {
      const { seen, moved } = window as unknown as { seen: string[]; moved: number[] };
      return { seen, moved };
    });
    expect(seen).toEqual([1, 2].flatMap((step) => [1, 2, 3, 4, 5, 6].map((stage) => `${step}.${stage}`)));
    if (isStill) expect(Math.max(...moved)).toBe(0);
    else expect(Math.max(...moved)).toBeGreaterThan(5);
    // what is said while it plays is nothing; once it rests, where it is
    await expect
      .poll(() => page.locator(".cell-view [role=status]").textContent())
      .toMatch(/^step 2, b, stage 6, h: unit 0 is /);
    model.close();
    await own.close();
  });
});

test("a click on a bar, the strip or the picture moves the cursor of all views", async (context) => {
  context.skip(whyNoBrowser !== undefined, whyNoBrowser);
  const model = await letterModel();
  const { page, context: own } = await openCell(model);
  const bar = page.locator(".stage-card").nth(3).locator(".unit-bar").nth(2);
  const unit = await bar.locator("small").textContent();
  await bar.click();
  await page.locator(".arithmetic h2", { hasText: `c of unit ${unit}` }).waitFor();
  expect(await page.locator(".side input[type=number]").inputValue()).toBe(unit);
  await page.getByRole("button", { name: /^stage 5, o/ }).focus();
  await page.keyboard.press("Enter");
  await page.locator(".arithmetic h2", { hasText: `o of unit ${unit}` }).waitFor();
  await page.getByRole("slider", { name: "Unit of g" }).press("ArrowRight");
  await page.locator(".arithmetic h2", { hasText: `g of unit ${Number(unit) + 1}` }).waitFor();
  await page.locator(".stage-card").nth(0).getByRole("button", { name: "all 11 values" }).click();
  expect(await page.locator(".stage-card").nth(0).locator("tbody td").count()).toBe(11);
  model.close();
  await own.close();
});

test("a value that is held says so, in the card and in the picture, and its sum is that number", async (context) => {
  context.skip(whyNoBrowser !== undefined, whyNoBrowser);
  const { page, context: own } = await open(browser, {
    link: "view=cell&model=story&text=the+king+dies&fixed=f%3D1&value=f",
  });
  await page.locator(".held", { hasText: "held at 1 in every unit" }).waitFor();
  expect(await page.locator(".diagram .node-texts [data-node=f] .node-label").textContent()).toBe("= 1");
  await page.locator(".arithmetic div:not(.outdated) .put-in").waitFor();
  expect(
    await page
      .locator(".arithmetic tbody [data-v]")
      .evaluateAll((all) => all.map((one) => (one as HTMLElement).dataset["v"])),
  ).toEqual(["1"]);
  await own.close();
});

/** All cells, one layer on the other: what one gives is what the next takes. */
async function modelOfAll(cells: readonly Cell[], units: number): Promise<Model> {
  const layers = cells.map((one) => {
    const axes = { projection: units, blocks: 3, heads: 2 };
    const named = Object.entries(axes).filter(([axis]) => new RegExp(`\\b${axis}\\b`).test(one.text));
    return recurrent(one as never, { units, ...Object.fromEntries(named) } as never);
  });
  const characters = [..."abcdefgh"];
  return createModel(sequential(embedding({ vocabulary: characters.length, size: units }), ...layers), {
    seed: 2,
    threads: 1,
    facts: { vocabulary: { characters } },
  });
}

test("every cell of the zoo has its picture, its cards and finite numbers", async (context) => {
  context.skip(whyNoBrowser !== undefined, whyNoBrowser);
  const cells = Object.values(zoo) as Cell[];
  const model = await modelOfAll(cells, 6);
  const { page, context: own, faults } = await openCell(model, {}, "abcab");
  await page.keyboard.press("ArrowRight");
  for (const one of cells) {
    await page.locator(".figure h2", { hasText: one.name }).waitFor();
    await page.locator(".spread").first().waitFor();
    const { nodes, wires, stages } = cellDiagram(one);
    const drawn = await page.evaluate(() => ({
      nodes: document.querySelectorAll(".diagram .node-shape").length,
      wires: document.querySelectorAll(".diagram .wire:not(.active)").length,
      cards: document.querySelectorAll(".stage-card").length,
      equations: [...document.querySelectorAll(".stage-card .equation")].filter((e) => e.querySelector("math mi"))
        .length,
      wrong: [...document.querySelectorAll<HTMLElement>("main [data-v]")].filter(
        (e) => !Number.isFinite(Number(e.dataset["v"])),
      ).length,
    }));
    const count = stages.length;
    expect(drawn, one.name).toEqual({
      nodes: nodes.length,
      wires: wires.length,
      cards: count,
      equations: count,
      wrong: 0,
    });
    await page.keyboard.press("]");
  }
  expect(faults).toEqual([]);
  model.close();
  await own.close();
});
