/** A time becomes a number of updates, once; everything after that is a training like any other. */
import { describe, expect, test } from "vitest";
import type { Checkpoint } from "../train/checkpoint.ts";
import { type LanguageStart, trainLanguage } from "./language.ts";
import { optionsWithin } from "./pace.ts";

const text = "the cat sat on the mat, and the dog ran.\n".repeat(100);
const options = { units: 24, embedding: 8, batch: 8, window: 16, seed: 3 };

describe("a training within a time", () => {
  test("keeps to it, and is bit for bit the training with as many updates", async () => {
    let start: LanguageStart | undefined;
    const begin = performance.now();
    const timed = await trainLanguage(text, { ...options, seconds: 2 }, { onStart: (s) => void (start = s) });
    const took = (performance.now() - begin) / 1000;
    // a fifth, and five times as long: other work on the machine may come or go after the timing
    expect(took).toBeGreaterThan(0.4);
    expect(took).toBeLessThan(10);
    expect(start!.pace!.updates).toBeGreaterThanOrEqual(2);
    const { steps, validateEvery } = timed.settings;
    expect(timed.history).toMatchObject({ steps, stopped: "finished" });
    expect(timed.history.records.length).toBe(Math.ceil(steps / validateEvery));
    const counted = await trainLanguage(text, timed.settings);
    expect(Buffer.from(counted.model.toBytes()).equals(Buffer.from(timed.model.toBytes()))).toBe(true);
  }, 30_000);

  test("stops while it is still being timed, and then has made no update", async () => {
    const stop = new AbortController();
    const under = trainLanguage(text, { ...options, units: 64, seconds: 1000 }, { signal: stop.signal });
    setTimeout(() => stop.abort(), 50);
    const { history } = await under;
    expect(history).toMatchObject({ steps: 0, stopped: "aborted" });
  });

  test("is refused where the time is none, or the end is said twice", async () => {
    await expect(trainLanguage(text, { ...options, seconds: Number.NaN })).rejects.toThrowErrorMatchingInlineSnapshot(`
      [ArgumentError: trainLanguage: seconds is NaN; expected a number above 0.
        120 trains for two minutes.]
    `);
    await expect(
      trainLanguage(text, { ...options, seconds: 60, steps: 5 }),
    ).rejects.toThrowErrorMatchingInlineSnapshot(`
      [ArgumentError: trainLanguage: seconds is 60, beside steps; expected one way to say how long.
        leave out steps and epochs, or seconds.]
    `);
    const resume = {} as Checkpoint;
    await expect(
      trainLanguage(text, { ...options, seconds: 60 }, { resume }),
    ).rejects.toThrowErrorMatchingInlineSnapshot(`
      [ArgumentError: trainLanguage: seconds is 60, beside resume; expected one way to say how long.
        give the settings of the training that goes on, which have its steps.]
    `);
  });
});

describe("optionsWithin", () => {
  const pace = { updates: 10, secondsPerUpdate: 0.01, judgedPerSecond: 1e5 };

  test("judges twenty times for a tenth of the time, and trains for the rest", () => {
    // 20 × 50,000 characters at 100,000 a second are 10 of 100 seconds; 90 s of updates of 10 ms are left
    const found = { validationLimit: 50_000, steps: 9000, validateEvery: 450 };
    expect(optionsWithin(100, { units: 7 }, pace)).toEqual({ units: 7, ...found });
  });

  test("leaves what is said as it is", () => {
    // 10 ms for an update, and 2 s of judging every 100 updates: 30 ms together
    const given = { validationLimit: 200_000, validateEvery: 100 };
    expect(optionsWithin(90, given, pace)).toEqual({ ...given, steps: 3000 });
  });

  test("makes one update where there is time for none", () => {
    expect(optionsWithin(-1, {}, pace)).toMatchObject({ steps: 1, validateEvery: 1, validationLimit: 1000 });
  });
});
