/** The stories, read by a small parser of their own words: it knows nothing of the books that the grammar keeps. */
import { generator } from "cellstate";
import { describe, expect, test } from "vitest";
import { demonstration, firstCast } from "./demonstration.ts";
import { betweens, heldOutStories, trainingStory } from "./grammar.ts";
import { heldOutHeirs, isHeldOut, isHeldOutOrder } from "./heldOut.ts";
import { idOf, type Name, names, titleOf, words } from "./sentences.ts";
import type { Story } from "./teller.ts";

const random = generator(7, "grammar test");
const training = Array.from({ length: 1500 }, () =>
  trainingStory(random, { length: 30 + random.integer(180), most: random.integer(7) }),
);
const heldOut = Object.entries(betweens).flatMap(([purpose, between]) =>
  heldOutStories(300, { seed: 3, purpose, between }),
);

/** Who rules after each word, who ruled one after the other, and what happened, read off the text. */
function parse(text: readonly string[]) {
  const rulerAfter: string[] = [];
  const rulers: string[] = [];
  const events: string[] = [];
  for (let t = 0; t < text.length; t++) {
    const [before, word, next] = [text[t - 1], text[t]!, text[t + 1]];
    if (before === "queen" || before === "king") if (text[t - 2] === "ago") rulers.push(word);
    if (word === "the" && ["son", "brother", "daughter", "sister"].includes(next!) && text[t + 4] === "becomes") {
      rulers.push(before!);
    }
    if (text[t - 4] === "gives" && before === "to") rulers.push(word);
    if (before === "now") rulers.push(word);
    const event = { dies: "death", gives: "abdication", loses: "defeat", wins: "victory" }[word];
    if (event !== undefined) events.push(event);
    rulerAfter.push(rulers.at(-1)!);
  }
  return { rulerAfter, rulers, events };
}

const place = (name: string | undefined): number => (names as readonly (string | undefined)[]).indexOf(name);
/** Three rulers in a row, from the beginning on. */
const threes = (rulers: readonly string[]) => rulers.slice(2).map((b, n) => [rulers[n]!, rulers[n + 1]!, b] as const);

describe("the words", () => {
  test("are 93, each once, and all but the first are told", () => {
    expect(words).toHaveLength(93);
    expect(new Set(words).size).toBe(93);
    const told = new Set(training.flatMap((story) => story.words));
    expect([...words.slice(1)].sort()).toEqual([...told].sort());
    expect(words.map(idOf)).toEqual([...words.keys()]);
    expect(() => idOf("duke")).toThrow('"duke" is none of the 93 words');
  });
});

describe("training stories", () => {
  test("never tell three rulers in a row that are held out, and tell all others sooner or later", () => {
    const told = new Set(training.flatMap((story) => threes(parse(story.words).rulers).map(String)));
    const wrong = [...told].filter((three) => {
      const [p, k, b] = three.split(",").map(place) as [number, number, number];
      return (p + 2 * k + 3 * b) % 5 === 0;
    });
    expect(wrong).toEqual([]);
    expect(told.size).toBeGreaterThan(800); // of 12 · 11 · 11 · ⅘ = 1162
  });

  test("never tell a defeat before an abdication, or an abdication before a victory, but every other order", () => {
    const orders = training.flatMap(({ words: text }) => {
      const { events } = parse(text);
      return events.slice(1).map((event, n) => `${events[n]} ${event}`);
    });
    expect(orders).not.toContain("defeat abdication");
    expect(orders).not.toContain("abdication victory");
    expect(new Set(orders).size).toBe(14);
    const kinds = ["death", "abdication", "defeat", "victory"] as const;
    const held = kinds.flatMap((a) => kinds.filter((b) => isHeldOutOrder(a, b)).map((b) => `${a} ${b}`));
    expect(held).toEqual(["abdication victory", "defeat abdication"]);
  });

  test("are as long as they are asked to be, with no more in between than allowed", () => {
    for (const length of [1, 8, 48, 129]) {
      const story = trainingStory(random, { length, most: 3 });
      expect(story.words).toHaveLength(length);
      expect(story.sentences.at(-1)!.to).toBe(length);
    }
    const most = (limit: number) => {
      const between = Array.from({ length: 200 }, () => trainingStory(random, { length: 200, most: limit }));
      return Math.max(...between.flatMap(({ questions }) => questions.map((one) => one.between)));
    };
    expect([most(0), most(4)]).toEqual([0, 4]);
  });
});

describe("held-out stories", () => {
  test("tell of two successions or more, and from the second on only of three rulers that are held out", () => {
    for (const { words: text } of heldOut) {
      const { rulers } = parse(text);
      expect(rulers.length).toBeGreaterThanOrEqual(3);
      for (const three of threes(rulers)) {
        const [p, k, b] = three.map(place) as [number, number, number];
        expect((p + 2 * k + 3 * b) % 5, three.join(" ")).toBe(0);
        expect(isHeldOut(...(three as unknown as [Name, Name, Name]))).toBe(true);
      }
    }
  });

  test("tell events in all sixteen orders", () => {
    const orders = heldOut.flatMap(({ words: text }) => {
      const { events } = parse(text);
      return events.slice(1).map((event, n) => `${events[n]} ${event}`);
    });
    expect(new Set(orders).size).toBe(16);
  });

  test("end with a question, with as many sentences in between as asked for, each number as often", () => {
    for (const between of Object.values(betweens)) {
      const stories = heldOutStories(260, { seed: 1, purpose: "between", between });
      const counts = new Map<number, number>();
      for (const { questions, words: text } of stories) {
        const last = questions.at(-1)!;
        expect(text.slice(last.at + 1)).toEqual(["."]);
        counts.set(last.between, (counts.get(last.between) ?? 0) + 1);
      }
      const [least, most] = between;
      expect([...counts.keys()].sort((a, b) => a - b)).toEqual(
        Array.from({ length: most - least + 1 }, (_, n) => least + n),
      );
      expect(Math.min(...counts.values())).toBeGreaterThan(10);
    }
  });
});

/** What tells a kind of sentence from all others. */
const signs = {
  opening: /^long ago /,
  question: /^(long live|the ruler is|the crown belongs to) /,
  deed: / (builds a bridge|is wise and good|sleeps in the old tower) |^the people love /,
  death: / dies /,
  heir: / becomes /,
  abdication: / gives the crown to /,
  attack: / attacks /,
  battle: /^there is a great battle /,
  defeat: / loses the battle and flees /,
  crowning: /^now /,
  victory: / wins the battle and /,
};

describe("every story", () => {
  const some = heldOut.filter((_, n) => n % 5 === 0);
  const all: readonly Story[] = [...training.slice(0, 150), ...some, demonstration(firstCast, 0)];

  test("keeps its books right: rulers, events, and who rules after each sentence", () => {
    for (const { words: text, sentences, rulers, events } of some) {
      const parsed = parse(text);
      expect([rulers, events]).toEqual([parsed.rulers, parsed.events]);
      for (const { kind, to, ruler } of sentences) {
        const isVacant = text.lastIndexOf("dies", to - 1) > text.lastIndexOf("becomes", to - 1);
        expect(ruler, `${kind}, ${text.slice(0, to).join(" ")}`).toBe(isVacant ? undefined : parsed.rulerAfter[to - 1]);
      }
    }
  });

  test("asks for the present ruler, whose title stands before the answer", () => {
    for (const { words: text, questions } of all) {
      const { rulerAfter } = parse(text);
      for (const { at, answer } of questions) {
        expect([text[at - 1], text[at]]).toEqual([titleOf(answer), answer]);
        expect(rulerAfter[at]).toBe(answer);
      }
    }
  });

  test("says how far back the ruler was last named, in words and in sentences", () => {
    for (const { words: text, questions } of all) {
      for (const { at, answer, distance, between } of questions) {
        expect(text[at - distance]).toBe(answer);
        const passed = text.slice(at - distance + 1, at);
        expect(passed).not.toContain(answer);
        expect(passed.filter((word) => word === ".")).toHaveLength(between + 1);
      }
    }
  });

  test("is cut into sentences without a gap, each of its kind", () => {
    for (const { words: text, sentences } of all) {
      sentences.forEach(({ kind, from, to }, n) => {
        expect(from).toBe(n === 0 ? 0 : sentences[n - 1]!.to);
        const sentence = text.slice(from, to);
        expect(sentence.slice(0, -1)).not.toContain(".");
        if (n < sentences.length - 1) expect(sentence.at(-1)).toBe(".");
        if (sentence.at(-1) !== ".") return; // the story was cut
        const found = Object.keys(signs).filter((one) => signs[one as keyof typeof signs].test(sentence.join(" ")));
        expect(found, sentence.join(" ")).toEqual(kind === "elsewhere" ? [] : [kind]);
      });
      expect(sentences.at(-1)!.to).toBe(text.length);
    }
  });

  test("comes from the same seed again, and from no other", () => {
    const of = (seed: number, purpose: string) => heldOutStories(3, { seed, purpose, between: betweens.near });
    expect(of(1, "a")).toEqual(of(1, "a"));
    expect(of(1, "a")).not.toEqual(of(2, "a"));
    expect(of(1, "a")).not.toEqual(of(1, "b"));
    expect(of(1, "a")[0]).not.toEqual(of(1, "a")[1]);
    const first = trainingStory(generator(4, "x"), { length: 60, most: 6 });
    expect(trainingStory(generator(4, "x"), { length: 60, most: 6 })).toEqual(first);
    expect(trainingStory(generator(5, "x"), { length: 60, most: 6 }).words).not.toEqual(first.words);
  });
});

describe("the demonstration", () => {
  test("tells of three rulers who are held out, one death and one abdication", () => {
    const { words: text, rulers, events } = demonstration(firstCast);
    expect(text.join(" ").replaceAll(" . ", " .\n")).toMatchInlineSnapshot(`
      "long ago king david rules the north .
      the river is wide and the bridge is old .
      the people love king david .
      a ship sails to the east .
      the smith arthur makes a sword .
      king david dies in the winter .
      the winter is long and cold .
      edgar the son of david becomes king .
      the harvest is good .
      the priest boris prays for rain .
      king edgar gives the crown to anna the daughter of edgar .
      edgar the baker sells bread to the people .
      the children play in the snow .
      the old woman carl tells a story to the children .
      the market of the east is full of bread .
      long live queen anna ."
    `);
    expect([rulers, events]).toEqual([firstCast, ["death", "abdication"]]);
    expect(isHeldOut(...firstCast)).toBe(true);
  });

  test("has the names that a reader chooses, and as much in between", () => {
    for (const first of names) {
      for (const second of names) {
        if (second === first) continue;
        const heirs = heldOutHeirs(first, second);
        for (const third of heirs) {
          const story = demonstration([first, second, third], 9);
          expect(parse(story.words).rulers).toEqual([first, second, third]);
          expect(story.questions.map(({ answer, between }) => [answer, between])).toEqual([[third, 9]]);
          story.words.map(idOf);
        }
        expect(heirs.every((third) => third !== first && third !== second)).toBe(true);
      }
    }
    expect(heldOutHeirs("david", "edgar")).toEqual(["anna"]);
    expect(() => demonstration(["david", "edgar", "david"])).toThrow("given: david, edgar, david");
  });
});
