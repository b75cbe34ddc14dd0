/**
 * The view Story: its numbers are what the library says in Node of the files that are in the page and what is recorded
 * of them, its cards go by key, by button and by finger, and other names and longer stories are told and heard anew.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Model, modelFrom, sequences } from "cellstate";
import { probabilities } from "cellstate/analysis";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Cast, demonstration, firstCast } from "../story/demonstration.ts";
import { isHeldOut } from "../story/heldOut.ts";
import type { ModelResults, Results } from "../story/results.ts";
import { whoRules } from "../story/rulers.ts";
import { idOf, names } from "../story/sentences.ts";
import type { Story } from "../story/teller.ts";
import { launch, open, ready, whyNoBrowser } from "./browser.ts";
import { build } from "./build.ts";
import { numbersIn } from "./testing.ts";

const TOLERANCE = 1e-6; // the same engine computes both
const CARDS = 8;
const PATIENCE = { timeout: 10_000 }; // ms, for a machine that others use at the same time

const read = (file: string) => readFileSync(fileURLToPath(new URL(`../story/${file}`, import.meta.url)));
const results = JSON.parse(read("results.json").toString()) as Results;
const UNIT = results.unit.unit;

let browser: Browser;
let lstm: Model;
let rnn: Model;
beforeAll(async () => {
  if (whyNoBrowser !== undefined) return;
  build();
  browser = await launch();
  lstm = await modelFrom(read(results.lstm.file), { threads: 1 });
  rnn = await modelFrom(read(results.rnn.file), { threads: 1 });
});
afterAll(async () => {
  await browser?.close();
  lstm?.close();
  rnn?.close();
});

/** The likelihood of each of the cast after every sentence, `[sentences][3]`. */
async function answersOf(model: Model, story: Story, cast: Cast): Promise<number[][]> {
  const { values } = await whoRules(model, story);
  return story.sentences.map((_, k) => cast.map((name) => values[k * names.length + names.indexOf(name)]!));
}

async function openStory(link = "", look = {}): ReturnType<typeof open> {
  const opened = await open(browser, { ...look, ...(link !== "" && { link: `view=story&${link}` }) });
  await opened.page.locator("main .answer [data-v]").first().waitFor();
  return opened;
}

const title = (page: Page): Promise<string> => page.locator(".story-card > header h2").innerText();
const press = (page: Page, key: string): Promise<void> => page.keyboard.press(key);

/** The numbers of the story's table: of the LSTM, then of the RNN where it has read it, `[sentences][3 or 6]`. */
async function tableOf(page: Page, columns: 3 | 6): Promise<number[][]> {
  const own = `.figure[aria-label="The story"]`;
  if ((await page.locator(`${own} table.data`).count()) === 0) await page.locator(`${own} [data-table]`).click();
  const all = await numbersIn(page, `${own} table.data`);
  return Array.from({ length: all.length / columns }, (_, k) => all.slice(k * columns, (k + 1) * columns));
}

function expectNear(shown: readonly number[], expected: readonly number[]): void {
  expect(shown).toHaveLength(expected.length);
  const off = shown.map((v, k) => Math.abs(v - expected[k]!));
  expect(Math.max(...off)).toBeLessThanOrEqual(TOLERANCE);
}

describe("the first view", () => {
  test("is the story; its words stand before any network is open", async (context) => {
    context.skip(whyNoBrowser !== undefined, whyNoBrowser);
    const { page, context: own } = await open(browser, {}, (page) =>
      // a worker that never answers
      page.addInitScript(() =>
        Object.assign(window, {
          Worker: class {
            postMessage() {}
          },
        }),
      ),
    );
    await page.locator(".story-card h2").waitFor();
    expect(await title(page)).toBe("A network that remembers who rules");
    expect(await page.locator(".sentence").first().innerText()).toBe("Long ago King David rules the north.");
    expect(await page.locator(".sentence").count()).toBe(demonstration(firstCast).sentences.length);
    expect(await page.locator("main [data-v]").count()).toBe(0);
    await own.close();
  });

  test("shows each ruler's probability and, sentence by sentence, all three, as the library gives them", async (context) => {
    context.skip(whyNoBrowser !== undefined, whyNoBrowser);
    const { page, context: own, faults, asked } = await openStory();
    const story = demonstration(firstCast);
    const answers = await answersOf(lstm, story, firstCast);
    const ofRulers = story.sentences.flatMap(({ ruler }, k) => (ruler ? [answers[k]![firstCast.indexOf(ruler)]!] : []));
    await page.locator(".tracks .p").first().waitFor();
    expectNear(await numbersIn(page, ".tracks"), ofRulers);
    expectNear((await tableOf(page, 3)).flat(), answers.flat());
    expectNear(await numbersIn(page, ".says"), [ofRulers.length, ofRulers.length]);
    await page.locator(".sentences").focus();
    for (let k = answers.length - 1; k >= 0; k--) {
      expectNear(await numbersIn(page, ".answer"), answers[k]!);
      const isVacant = story.sentences[k]!.ruler === undefined;
      expect((await page.locator(".answer").innerText()).includes("Nobody rules")).toBe(isVacant);
      await press(page, "ArrowUp");
    }
    expect({ faults, asked }).toEqual({ faults: [], asked: [] });
    await own.close();
  });
});

describe("the cards", () => {
  test("go on by Space and →, back by ←, to the ends by Home and End, and stand in the link", async (context) => {
    context.skip(whyNoBrowser !== undefined, whyNoBrowser);
    const { page, context: own } = await openStory();
    await page.locator("main").focus();
    const titles = [await title(page)];
    for (let k = 1; k < CARDS; k++) {
      await press(page, k % 2 ? " " : "ArrowRight");
      titles.push(await title(page));
      expect(await page.locator(".story-steps").innerText()).toContain(`${k + 1} / ${CARDS}`);
    }
    expect(new Set(titles).size).toBe(CARDS);
    await press(page, " ");
    expect(await title(page)).toBe(titles.at(-1));
    await press(page, "ArrowLeft");
    expect(await title(page)).toBe(titles.at(-2));
    await page.waitForFunction(() => location.hash.includes("card=7"));
    await press(page, "Home");
    expect(await title(page)).toBe(titles[0]);
    await press(page, "End");
    expect(await title(page)).toBe(titles.at(-1));
    // by the buttons, with the focus on them
    await page.getByRole("button", { name: "Back" }).focus();
    await press(page, " ");
    expect(await title(page)).toBe(titles.at(-2));
    await press(page, "Tab");
    await press(page, "Enter");
    expect(await title(page)).toBe(titles.at(-1));
    await own.close();
  });

  test("go by finger on a phone, where everything stands in one column", async (context) => {
    context.skip(whyNoBrowser !== undefined, whyNoBrowser);
    const { page, context: own } = await openStory("", { width: 390 });
    const first = await title(page);
    const swipe = (from: number, to: number, down = 0): Promise<void> =>
      page.locator(".story-card h2").evaluate(
        (element, [a, b, y]) => {
          const touch = (x: number, dy: number) =>
            new Touch({ identifier: 1, target: element, clientX: x, clientY: 300 + dy });
          const send = (kind: string, point: Touch, touches: Touch[]) =>
            element.dispatchEvent(new TouchEvent(kind, { bubbles: true, touches, changedTouches: [point] }));
          const start = touch(a!, 0);
          send("touchstart", start, [start]);
          send("touchend", touch(b!, y!), []);
        },
        [from, to, down],
      );
    await swipe(300, 120);
    const second = await title(page);
    expect(second).not.toBe(first);
    await swipe(300, 220, 200); // scrolling down is no wish for the next card
    expect(await title(page)).toBe(second);
    await swipe(120, 300);
    expect(await title(page)).toBe(first);
    const columns = await page
      .locator(".story")
      .evaluate((element) => getComputedStyle(element).gridTemplateColumns.split(" "));
    expect(columns).toHaveLength(1);
    await own.close();
  });

  test("have a value for everything that their words name", async (context) => {
    context.skip(whyNoBrowser !== undefined, whyNoBrowser);
    const { page, context: own } = await openStory("card=8");
    await expect.poll(() => page.locator(".ending").count(), PATIENCE).toBe(2);
    for (let k = CARDS; k > 0; k--) {
      const text = await page.locator(".story-card").innerText();
      expect(text).not.toMatch(/[{}]|…(?!”)|undefined|NaN|\[object/);
      await press(page, "ArrowLeft");
    }
    await own.close();
  });

  test("move the picture, and nothing moves where less motion is wanted", async (context) => {
    context.skip(whyNoBrowser !== undefined, whyNoBrowser);
    const moving = async (isStill: boolean): Promise<number> => {
      const { page, context: own } = await openStory("card=3", { isStill });
      await page.locator(".tracks .level").waitFor();
      await press(page, " ");
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
      const count = await page.evaluate(
        () => document.getAnimations().filter(({ playState }) => playState === "running").length,
      );
      await own.close();
      return count;
    };
    expect(await moving(false)).toBeGreaterThan(0);
    expect(await moving(true)).toBe(0);
  });
});

describe("the memory cell", () => {
  test("is the unit that was chosen, and all its numbers are those of the trace", async (context) => {
    context.skip(whyNoBrowser !== undefined, whyNoBrowser);
    const { page, context: own } = await openStory("card=4");
    const story = demonstration(firstCast);
    const trace = await lstm.trace(sequences([story.words.map(idOf)]));
    const along = (name: string): number[] => {
      const { values, shape } = trace.get(name);
      return story.words.map((_, t) => values[t * shape[2]! + UNIT]!);
    };
    const [f, i, g, c] = ["f", "i", "g", "c"].map(along) as [number[], number[], number[], number[]];
    const dies = story.words.indexOf("dies");
    const crowned = story.words.indexOf("king");
    const { from, to } = story.sentences.find(({ kind }) => kind === "death")!;

    const said = await numbersIn(page, ".says");
    expectNear(said.slice(0, 2), [f[dies - 1]!, f[dies]!]);
    const answers = await answersOf(lstm, story, firstCast);
    const death = story.sentences.findIndex(({ kind }) => kind === "death");
    expectNear(said.slice(2, 4), [answers[death - 1]![0]!, answers[death]![0]!]);
    expect(f[dies - 1]! - f[dies]!).toBeGreaterThan(0.9);
    // what "king" wrote, and what all forget gates since have left of it
    const left = (at: number): number => {
      const since = f.slice(crowned + 1, at + 1);
      return since.reduce((part, kept) => part * kept, i[crowned]! * g[crowned]!);
    };
    expectNear(said.slice(4), [left(crowned), left(dies - 1), left(dies)]);

    const rows = Array.from({ length: to - from }, (_, n) => from + n);
    expectNear(
      await numbersIn(page, ".glass tbody"),
      rows.flatMap((t) => [f[t]!, i[t]!, g[t]!, c[t]!]),
    );
    expectNear(await numbersIn(page, ".sum"), [c[dies]!, f[dies]!, c[dies - 1]!, i[dies]!, g[dies]!]);
    expect(c[dies]).toBeCloseTo(f[dies]! * c[dies - 1]! + i[dies]! * g[dies]!, 5);

    const { unit, chosen, scored, title: held } = results.unit;
    expectNear(await numbersIn(page, ".aside"), [
      ...[unit, chosen.stories, scored.stories, scored.dies, scored.elsewhere, scored.separation, held.separation],
    ]);

    // another sentence under the glass
    await page.locator(".sentences").focus();
    await press(page, "ArrowUp");
    const before = story.sentences[story.sentences.findIndex(({ kind }) => kind === "death") - 1]!;
    expect(await page.locator(".glass tbody th").allInnerTexts()).toEqual(story.words.slice(before.from, before.to));
    await own.close();
  });

  test("is looked into with this very text at “dies”, by the network that is open already", async (context) => {
    context.skip(whyNoBrowser !== undefined, whyNoBrowser);
    const {
      page,
      context: own,
      faults,
    } = await open(browser, { link: "view=story&card=8" }, (page) =>
      page.addInitScript(() => {
        const calls: string[] = [];
        const post = Worker.prototype.postMessage;
        Worker.prototype.postMessage = function (message: { name: string }) {
          calls.push(message.name);
          post.call(this, message);
        };
        Object.assign(window, { calls });
      }),
    );
    await expect.poll(() => page.locator(".ending").count(), PATIENCE).toBe(2);
    await page.getByRole("button", { name: "Memory", exact: true }).click();
    await ready(page);
    const link = new URLSearchParams(new URL(page.url()).hash.slice(1));
    const { words } = demonstration(firstCast);
    expect(Object.fromEntries(link)).toMatchObject({
      view: "memory",
      model: "story",
      text: words.join(" "),
      unit: String(UNIT),
      value: "f",
      step: String(words.indexOf("dies")),
    });
    expect(await page.locator(".strip .token.now").innerText()).toBe("dies");
    const calls = await page.evaluate(() => (window as unknown as { calls: string[] }).calls);
    expect(calls.filter((name) => name === "open")).toHaveLength(2);
    expect(faults).toEqual([]);
    await own.close();
  });
});

describe("the plain RNN", () => {
  const share = ({ right, stories }: { right: number; stories: number }): number => right / stories;
  const scoresOf = ({ scores }: ModelResults): number[] =>
    [scores.near, scores.far, scores.farthest].map(({ right, stories }) => right / stories);
  const columnsOf = async (page: Page, name: string): Promise<number[][]> => {
    const own = `.figure[aria-label^="${name}"]`;
    await page.locator(`${own} [data-table]`).click();
    const all = await numbersIn(page, `${own} table.data`);
    return [0, 1].map((n) => all.filter((_, k) => k % 2 === n));
  };

  test("answers beside the LSTM as the library says, and its scores and curve are the recorded ones", async (context) => {
    context.skip(whyNoBrowser !== undefined, whyNoBrowser);
    const { page, context: own } = await openStory("card=6");
    await page.locator(".tracks .who-0").nth(30).waitFor({ state: "attached" });
    const story = demonstration(firstCast);
    const [ofLstm, ofRnn] = [await answersOf(lstm, story, firstCast), await answersOf(rnn, story, firstCast)];
    await expect.poll(async () => (await tableOf(page, 6)).length, PATIENCE).toBe(story.sentences.length);
    expectNear(
      (await tableOf(page, 6)).flat(),
      ofLstm.flatMap((row, k) => [...row, ...ofRnn[k]!]),
    );
    const { near, far, farthest } = results.tests;
    expectNear(await numbersIn(page, ".scores tbody"), [
      ...[...near, ...far, ...farthest],
      ...scoresOf(results.lstm),
      ...scoresOf(results.rnn),
    ]);
    const curves = await columnsOf(page, "While they learned");
    [results.lstm, results.rnn].forEach(({ run }, n) =>
      expectNear(
        curves[n]!,
        results.runs[run]!.curve.map(({ named }) => named),
      ),
    );
    await own.close();
  });

  test("falls with distance and keeps its gradient, by the recorded numbers", async (context) => {
    context.skip(whyNoBrowser !== undefined, whyNoBrowser);
    const { page, context: own } = await openStory("card=1");
    for (let k = 1; k < 7; k++) await press(page, "ArrowRight");
    const named = await columnsOf(page, "Rulers named");
    const slopes = await columnsOf(page, "The gradient");
    [results.lstm, results.rnn].forEach(({ byDistance, gradients }, n) => {
      expectNear(named[n]!, byDistance.map(share));
      expectNear(
        slopes[n]!,
        gradients.byDistance.map(({ score }) => score.median),
      );
    });
    const [a, b] = [results.lstm.gradients, results.rnn.gradients];
    expectNear(await numbersIn(page, ".says"), [
      ...[a, b].map(({ byDistance }) => byDistance.at(-1)!.score.median),
      ...[a, b].flatMap(({ name, between }) => [name.score.median, between.score.median]),
    ]);
    await own.close();
  });
});

describe("a story of the reader's own", () => {
  const casts: readonly (readonly [Cast, number])[] = [
    [["clara", "henry", "edgar"], 0],
    [["boris", "diana", "anna"], 7],
    [["anna", "emma", "arthur"], 12],
  ];

  test.for(casts)(
    "of %s, %i sentences before the question, knows each new ruler better than the old",
    async ([cast, between], context) => {
      context.skip(whyNoBrowser !== undefined, whyNoBrowser);
      const { page, context: own, faults } = await openStory(`cast=${cast}&between=${between}&card=5`);
      const story = demonstration(cast, between);
      await expect.poll(() => page.locator(".sentence").count(), PATIENCE).toBe(story.sentences.length);
      const shown = await tableOf(page, 3);
      expectNear(shown.flat(), (await answersOf(lstm, story, cast)).flat());
      story.sentences.forEach(({ kind, ruler }, k) => {
        if (kind !== "heir" && kind !== "abdication") return;
        const place = cast.indexOf(ruler!);
        expect(shown[k]![place]).toBeGreaterThan(shown[k]![place - 1]!);
      });
      const { values, shape } = await lstm.predict(sequences([story.words.map(idOf)]));
      const size = shape.at(-1)!;
      const { at } = story.questions[0]!;
      const next = probabilities(values.subarray((at - 1) * size, at * size));
      expectNear(await numbersIn(page, ".ending"), [...next].sort((a, b) => b - a).slice(0, 3));
      expect(faults).toEqual([]);
      await own.close();
    },
  );

  test("is chosen by its names: the third is always one that training never told after the two", async (context) => {
    context.skip(whyNoBrowser !== undefined, whyNoBrowser);
    const { page, context: own } = await openStory("card=8");
    const chosen = (): Promise<string[]> =>
      page.locator(".choices select").evaluateAll((all) => all.map((one) => (one as HTMLSelectElement).value));
    await page.getByLabel("first ruler").selectOption("edgar"); // who was second: they change places
    await page.locator(".sentence", { hasText: "Long ago King Edgar" }).waitFor();
    await page.getByLabel("second ruler").selectOption("clara");
    await page.locator(".sentence", { hasText: "Clara the daughter of Edgar" }).waitFor();
    const [first, second, third] = (await chosen()) as [...Cast];
    expect([first, second]).toEqual(["edgar", "clara"]);
    const offered = await page
      .getByLabel("third ruler")
      .locator("option")
      .evaluateAll((all) => all.map((one) => (one as HTMLOptionElement).value));
    expect(offered).toEqual(names.filter((one) => one !== first && one !== second && isHeldOut(first, second, one)));
    expect(offered).toContain(third);
    await page.getByRole("slider", { name: "sentences before" }).focus();
    await press(page, "End");
    await expect
      .poll(() => page.locator(".sentence").count(), PATIENCE)
      .toBe(demonstration([first, second, third], 20).sentences.length);
    const linked = (): (string | null)[] => {
      const link = new URLSearchParams(new URL(page.url()).hash.slice(1));
      return [link.get("cast"), link.get("between")];
    };
    await expect.poll(linked, PATIENCE).toEqual([[first, second, third].join(), "20"]);
    await own.close();
  });

  test("that cannot be told is said to be so, and the first one stays", async (context) => {
    context.skip(whyNoBrowser !== undefined, whyNoBrowser);
    const link = "view=story&cast=david,david,<img src=x onerror=alert(1)>&between=1e99&card=99";
    const { page, context: own, faults } = await open(browser, { link: encodeURI(link) });
    await page.locator(".story .reason", { hasText: "Three different names" }).waitFor();
    expect(await page.locator(".sentence").first().innerText()).toBe("Long ago King David rules the north.");
    expect(await page.locator("main img").count()).toBe(0);
    // three that training may have told of
    await page.evaluate(() => Object.assign(location, { hash: "view=story&cast=david,edgar,boris&between=2" }));
    await page.locator(".story .reason", { hasText: "After david and edgar may come" }).waitFor();
    expect(faults).toEqual([]);
    await own.close();
  });
});
