/** The training's lines, with a clock of our own: rows, trends, heartbeats without a terminal. */
import type { LanguageStart, Progress } from "cellstate";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Terminal } from "./terminal.ts";
import { trainingView } from "./trainingView.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
afterEach(() => void vi.useRealTimers());

function fake(isLive: boolean): { terminal: Terminal; kept: string[]; live: string[] } {
  const kept: string[] = [];
  const live: string[] = [];
  const plain = (text: string): string => text;
  const terminal: Terminal = {
    isLive,
    isResultShown: isLive,
    isResultClosed: false,
    width: 100,
    result: () => undefined,
    say: (line = "") => void kept.push(line),
    warn: (line) => void kept.push(line),
    detail: () => undefined,
    live: (line) => void (isLive && live.push(line)),
    endLive: () => undefined,
    style: { bold: plain, dim: plain, green: plain, red: plain, yellow: plain },
  };
  return { terminal, kept, live };
}

const start = {
  settings: { batch: 10, window: 10 },
  split: { training: 1000 },
  baseline: { kneserNey: { order: 6, loss: 1.523 } },
} as unknown as LanguageStart;

const event = (step: number, more: Partial<Progress> = {}): Progress => ({
  step,
  steps: 100,
  epoch: 1,
  epochs: 10,
  loss: 2,
  learningRate: 1e-3,
  gradientNorm: 0.5,
  isClipped: false,
  rows: 100,
  ...more,
});

const record = (step: number, validationLoss: number, isBest: boolean): Partial<Progress> => ({
  record: {
    step,
    epoch: 1,
    trainLoss: 2.5,
    validationLoss,
    learningRate: 1e-3,
    gradientNorm: 0.5,
    clippedShare: 0.25,
    isBest,
  },
});

test("without a terminal a heartbeat comes after 30 s, not sooner, and tells the speed and the time left", () => {
  const { terminal, kept } = fake(false);
  const view = trainingView(terminal);
  view.start(start, 0);
  for (let step = 1; step <= 50; step++) {
    vi.advanceTimersByTime(1000);
    view.progress(event(step));
  }
  expect(kept).toEqual(["  … step 30 of 100  loss 2.000  100 char/s  eta 1m10s"]);
});

test("a row has a head once, epochs in tenths, bits, and marks the best", () => {
  const { terminal, kept } = fake(false);
  const view = trainingView(terminal);
  view.start(start, 0);
  for (const [step, loss, isBest] of [
    [5, 2.0794415, true],
    [10, 2.2, false],
  ] as const) {
    const now = event(step, record(step, loss, isBest));
    view.progress(now);
    view.record(now);
  }
  expect(kept).toEqual([
    "     step  epoch    train      val  bits/char       lr   |g|  clipped   time",
    "        5    0.5   2.5000   2.0794      3.000   1.0e-3  0.50     25 %   0:00  ← best",
    "       10    1.0   2.5000   2.2000      3.174   1.0e-3  0.50     25 %   0:00",
  ]);
});

test("the live line has the last validation with its trend, and a bar that fits", () => {
  const { terminal, live } = fake(true);
  const view = trainingView(terminal);
  view.start(start, 0);
  view.progress(event(1));
  view.progress(event(50, record(50, 2.2, true)));
  view.progress(event(75, record(75, 2.1, true)));
  expect(live[0]).toMatch(/^step {3}1\/100 ╸─+ {3}0%|^step {3}1\/100 ╸─+ {3}1%/);
  expect(live[1]).toMatch(/━+╸─+ {2}50% {2}loss 2\.000 {2}val 2\.200 /);
  expect(live[2]).toMatch(/val 2\.100 ↓/);
});

test("a retreat of the guard is told at once", () => {
  const { terminal, kept } = fake(false);
  const view = trainingView(terminal);
  view.start(start, 0);
  view.progress(event(7, { retreat: { parameter: "recurrent.0.forward.R_f" } }));
  expect(kept[0]).toMatch(/^warning: the gradient of recurrent\.0\.forward\.R_f was not finite; .*halved$/);
});

test("a sample shows its first lines, or one line with its line ends", () => {
  const { terminal, kept } = fake(false);
  trainingView(terminal).sample("To be,\nor not\n");
  trainingView(terminal, { sampleLines: 2 }).sample("\nTo be,\n\nor not\nto be");
  expect(kept).toEqual(["      sample: To be, ↵ or not ↵", "        │ To be,", "        │ or not"]);
});

test("the first validation ahead of counting says so, and none after it", () => {
  const { terminal, kept } = fake(false);
  const view = trainingView(terminal);
  view.start(start, 0);
  const judged = (step: number, loss: number): void => {
    const one = event(step, record(step, loss, true));
    view.progress(one);
    view.record(one);
  };
  judged(10, 1.53);
  expect(kept.join("\n")).not.toContain("counting");
  judged(20, 1.5);
  judged(30, 1.4);
  expect(kept.filter((line) => line.includes("counting"))).toEqual([
    "      ✔ 0.023 nats ahead of counting 6-grams (1.523)",
  ]);
});
