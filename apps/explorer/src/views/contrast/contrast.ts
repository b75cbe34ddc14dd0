/** What is shown: the recorded results, the task that is chosen, and how each contestant looks in all charts. */
import { createRoot, createSignal } from "solid-js";
import type { Results, TaskResults } from "../../../contrast/results.ts";
import { verdict } from "../../../contrast/verdict.ts";
import { embeddedData } from "../../embedded.ts";
import { changeExtra, session } from "../../session/session.ts";

export const results = embeddedData("contrast-results") as Results;
export const said = verdict(results);

/** In the link by its name. */
export const at = (): number =>
  Math.max(
    0,
    results.tasks.findIndex(({ name }) => name === session.extra["trial"]),
  );
export const task = (): TaskResults => results.tasks[at()]!;
export const choose = (index: number): void => {
  const { length } = results.tasks;
  changeExtra({ trial: results.tasks[(index + length) % length]!.name });
};

/** Whether each seed is drawn, too. */
export const [showsSeeds, setShowsSeeds] = createRoot(() => createSignal(false));

const LOOKS = [
  { colour: "var(--stage-2)", dash: "none" },
  { colour: "var(--stage-1)", dash: "9 4" },
  { colour: "var(--stage-3)", dash: "2 3" },
];

/** By the place among the contestants. */
export const lookOf = (place: number): { readonly colour: string; readonly dash: string } =>
  LOOKS[place % LOOKS.length]!;

const ASKS: Readonly<Record<string, (task: TaskResults) => string>> = {
  adding: ({ options, trained: [from, to] }) =>
    `Every step brings a number from 0 to 1. Two of ${options["length"]} are marked (*), one in each half, and after the ` +
    `last step their sum is asked for: the first has to be kept for ${from} to ${to} steps. A shorter sequence:`,
  temporalOrder: ({ trained: [from, to] }) =>
    "Among letters that mean nothing come two that count, each an X or a Y. After B, which ends the sequence, the answer " +
    `is which two they were, in order: the first has to be kept for ${from} to ${to} steps.`,
  embeddedReber: ({ options }) =>
    `After B comes a T or a P, then ${options["strings"]} strings of a small grammar, then the same T or P once more. ` +
    "Every next letter is to be predicted; judged is that last one, which only the second letter of all tells.",
};

/** What the chosen task is; the sequence below shows one. */
export const asks = (): string => ASKS[task().name]!(task());
