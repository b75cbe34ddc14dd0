/** The embedded Reber grammar against the grammar as a regular expression, and against counting its strings. */
import { describe, expect, test } from "vitest";
import { embeddedReber } from "./embeddedReber.ts";
import type { Examples, Task } from "./task.ts";

// Reber's diagram, read from its end: after TS*X or TT…VP one stands where X goes back and S leads out.
const OUT = "(?:XT*VP)*(?:S|XT*VV)";
const REBER = `B(?:TS*X${OUT}|PT*V(?:V|P${OUT}))E`;
const reber = new RegExp(`^${REBER}$`);

/** What a row shows and asks for, put together: the whole string. */
function stringOf(task: Task, examples: Examples, b: number): string {
  const read = task.text(examples, b);
  const steps = examples.x.shape[1]!;
  const asked = read.map((_, t) => task.outputs[examples.targets.values[b * steps + t]!]!);
  expect(asked.slice(0, -1), "each target is the next step's symbol").toEqual(read.slice(1));
  return read.join("") + asked.at(-1)!;
}

test("the expression takes the literature's strings and refuses their neighbours", () => {
  for (const one of ["BTXSE", "BPVVE", "BTSSXXTVVE", "BPTVPSE", "BTXXTTVPXVVE"]) expect(one).toMatch(reber);
  for (const one of ["BTXE", "BPVSE", "BTSE", "BTXXSE", "BPTVPVE", "TXSE"]) expect(one).not.toMatch(reber);
});

describe.each([1, 4])("with %i strings", (strings) => {
  const task = embeddedReber({ strings });
  const COUNT = 1500;
  const drawn = task.draw(COUNT, { seed: 2 });
  const whole = new RegExp(`^B(?:T((?:${REBER}){${strings}})T|P((?:${REBER}){${strings}})P)E$`);

  test("sequences are B, T or P, so many strings of the grammar, the same again, E", () => {
    const seconds = { T: 0, P: 0 };
    const seen = new Set<string>();
    for (let b = 0; b < COUNT; b++) {
      const text = stringOf(task, drawn, b);
      expect(text).toMatch(whole);
      seconds[text[1] as "T" | "P"]++;
      seen.add(text.slice(2, -2));
    }
    // half of 1,500, with a standard deviation of 19.4
    expect(Math.abs(seconds.T - COUNT / 2)).toBeLessThan(4 * 19.4);
    expect(seen.size).toBeGreaterThan(strings === 1 ? 50 : 1000);
  });

  test("the gap counts the steps from the second symbol to the step that asks for it again", () => {
    const steps = drawn.x.shape[1]!;
    for (let b = 0; b < COUNT; b++) {
      const text = stringOf(task, drawn, b);
      const inner = text.slice(2, -2);
      expect(drawn.eventAt[b]).toBe(1);
      expect(drawn.answerAt[b]).toBe(1 + inner.length);
      expect(drawn.gaps[b]).toBe(inner.length);
      expect(task.outputs[drawn.targets.values[b * steps + drawn.answerAt[b]!]!]).toBe(text[1]);
    }
  });

  test("all but one in a thousand have a gap in the range that the task names", () => {
    const many = task.draw(20_000, { seed: 9 });
    const longer = many.gaps.filter((gap) => gap > task.gaps.to).length;
    expect(Math.min(...many.gaps)).toBe(5 * strings);
    expect(task.gaps.from).toBe(5 * strings);
    expect(longer).toBeGreaterThan(0);
    expect(longer).toBeLessThan(45); // 20 at most are expected; their standard deviation is 4.5
  });
});

/**
 * All strings of the grammar with so many symbols. Each symbol but the first and the last is one of two, so all of them
 * are equally likely: 2^(2 − n) each.
 */
function stringsOf(count: number): string[] {
  let middles = [""];
  for (let n = 0; n < count - 2; n++) middles = middles.flatMap((one) => [..."TPSXV"].map((symbol) => one + symbol));
  return middles.map((one) => `B${one}E`).filter((one) => reber.test(one));
}

test("strings of each length come as often as counting them says", () => {
  const drawn = embeddedReber().draw(20_000, { seed: 4 });
  for (const length of [5, 6, 7, 8]) {
    const expected = (20_000 * stringsOf(length).length) / 2 ** (length - 2);
    const found = drawn.gaps.filter((gap) => gap === length).length;
    expect(Math.abs(found - expected), `length ${length}`).toBeLessThan(4 * Math.sqrt(expected));
  }
});

test("a given gap leaves all strings of that length equally likely", () => {
  const task = embeddedReber();
  const possible = stringsOf(9);
  expect(possible.length).toBeGreaterThan(5);
  const each = 400;
  const drawn = task.draw(possible.length * each, { gap: 9 });
  const counts = new Map(possible.map((one) => [one, 0]));
  for (let b = 0; b < possible.length * each; b++) {
    const inner = stringOf(task, drawn, b).slice(2, -2);
    counts.set(inner, counts.get(inner)! + 1);
  }
  for (const [one, count] of counts) expect(Math.abs(count - each), one).toBeLessThan(4 * Math.sqrt(each));
});

test.each([20, 21, 33, 80])("four strings of %i symbols together are had", (gap) => {
  const task = embeddedReber({ strings: 4 });
  const drawn = task.draw(60, { gap, seed: 8 });
  expect([...drawn.gaps]).toEqual(Array(60).fill(gap));
  for (let b = 0; b < 60; b++) expect(stringOf(task, drawn, b).slice(2, -2)).toMatch(new RegExp(`^(?:${REBER}){4}$`));
});

test.each([
  [1, 10_000],
  [32, 7000],
])("%i strings of %i symbols are had, though hardly ever by chance", (strings, gap) => {
  const task = embeddedReber({ strings });
  const drawn = task.draw(2, { gap, seed: 8 });
  expect([...drawn.gaps]).toEqual([gap, gap]);
  const whole = new RegExp(`^(?:${REBER}){${strings}}$`);
  for (let b = 0; b < 2; b++) expect(stringOf(task, drawn, b).slice(2, -2)).toMatch(whole);
});

test("judged is T against P at the one step, whatever else is larger", async () => {
  const task = embeddedReber({ strings: 2 });
  const drawn = task.draw(3);
  const [, steps = 0] = drawn.x.shape;
  const idOf = (symbol: string) => task.outputs.indexOf(symbol);
  const values = new Float32Array(3 * steps * 7);
  const right = [true, false, true];
  for (let b = 0; b < 3; b++) {
    const at = (b * steps + drawn.answerAt[b]!) * 7;
    const target = drawn.targets.values[b * steps + drawn.answerAt[b]!]!;
    const other = idOf("T") + idOf("P") - target;
    values[at + idOf("B")] = 9;
    values[at + target] = right[b] ? -1 : -2;
    values[at + other] = right[b] ? -2 : -1;
    // the step before and the step after say the opposite
    values[at - 7 + other] = 5;
    values[at + 7 + other] = 5;
  }
  const { scores } = await task.judge({ predict: async () => ({ values, shape: [3, steps, 7] }) } as never, drawn);
  expect([...scores]).toEqual([1, 0, 1]);
});
