/** Copy memory against its rule, read from the sequences as text. */
import { describe, expect, test } from "vitest";
import { copy } from "./copy.ts";

describe.each([
  { length: 10, symbols: 8, blanks: 20 },
  { length: 3, symbols: 5, blanks: 1 },
])("of $length symbols and $blanks blanks", (options) => {
  const { length, symbols, blanks } = options;
  const task = copy(options);
  const COUNT = 300;
  const drawn = task.draw(COUNT, { seed: 6 });
  const steps = 2 * length + blanks + 1;

  test("sequences are symbols, blanks, the sign, blanks; asked for are the symbols, after the sign", () => {
    expect(drawn.x.shape).toEqual([COUNT, steps, symbols + 2]);
    const seen = new Set<string>();
    for (let b = 0; b < COUNT; b++) {
      const text = task.text(drawn, b);
      expect(text.slice(length)).toEqual([...Array(blanks).fill("·"), "?", ...Array(length).fill("·")]);
      const asked = Array.from(drawn.targets.values.slice(b * steps, (b + 1) * steps), (id) => task.outputs[id]);
      expect(asked.slice(-length)).toEqual(text.slice(0, length));
      for (const symbol of text.slice(0, length)) seen.add(symbol);
    }
    expect(seen).toEqual(new Set(task.outputs));
    expect(task.outputs).toHaveLength(symbols);
  });

  test("the steps of the answer count, and no others", () => {
    const weights = Array.from(drawn.weights!.values);
    const row = [...Array(steps - length).fill(0), ...Array(length).fill(1)];
    expect(weights).toEqual(Array.from({ length: COUNT }, () => row).flat());
  });

  test("each symbol is asked for one gap after it was read", () => {
    expect(new Set(drawn.gaps)).toEqual(new Set([length + blanks + 1]));
    expect(task.gaps).toEqual({ from: length + blanks + 1, to: length + blanks + 1 });
    expect(new Set(drawn.eventAt)).toEqual(new Set([0]));
  });

  test("another gap has more or fewer blanks", () => {
    for (const gap of [length + 2, length + 40]) {
      const text = task.text(task.draw(1, { gap }), 0);
      expect(text.indexOf("?")).toBe(gap - 1);
      expect(text).toHaveLength(gap + length);
    }
  });
});

test("judged is the share of symbols said right", async () => {
  const task = copy({ length: 4, symbols: 3, blanks: 2 });
  const drawn = task.draw(2);
  const [, steps = 0] = drawn.x.shape;
  const values = new Float32Array(2 * steps * 3);
  for (let b = 0; b < 2; b++) {
    for (let t = 0; t < steps; t++) {
      const target = drawn.targets.values[b * steps + t]!;
      const wrong = (b === 0 && t === steps - 1) || t < steps - 4; // before the answer it does not matter
      values[(b * steps + t) * 3 + (wrong ? (target + 1) % 3 : target)] = 0.5;
    }
  }
  const { score, scores } = await task.judge(
    { predict: async () => ({ values, shape: [2, steps, 3] }) } as never,
    drawn,
  );
  expect([...scores]).toEqual([0.75, 1]);
  expect(score).toBe(0.875);
});
