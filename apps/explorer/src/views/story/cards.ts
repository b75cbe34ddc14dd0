/** The cards: how far each has told the story, and where one should look. Their words are in cards.html. */
import type { Component } from "solid-js";
import type { Telling } from "../../../story/page.ts";
import { Apart, Learning } from "./Compared.tsx";
import { Try } from "./Try.tsx";
import type { Tale } from "./tale.ts";
import { valuesOf } from "./values.ts";
import { num } from "./words.ts";

export interface Card {
  /** So many sentences have been told; all if left out. */
  readonly until?: (telling: Telling) => number;
  /** Which of them count; all if left out. */
  readonly lit?: (telling: Telling) => readonly number[];
  /** Which is looked at first; the last if left out. */
  readonly at?: (telling: Telling) => number;
  /** The sentence that is looked at is put under the glass, with this word marked. */
  readonly word?: (telling: Telling) => string;
  /** What stands in the picture's second column. */
  readonly second?: "c" | "rnn";
  /** What else there is. */
  readonly more?: Component<{ tale: Tale }>;
  /** In the story's place. */
  readonly apart?: Component;
}

const row = ({ sentences }: Telling, kind: string): number => sentences.findIndex((one) => one.kind === kind);
const death = (telling: Telling): number => row(telling, "death");
const heir = (telling: Telling): number => row(telling, "heir");

export const cards: readonly Card[] = [
  {},
  { until: () => 1, lit: () => [0], at: () => 0, word: ({ titles }) => titles[0], second: "c" },
  {
    until: death,
    lit: (telling) => Array.from({ length: death(telling) - 1 }, (_, k) => k + 1),
    at: (telling) => death(telling) - 1,
    word: () => ".",
    second: "c",
  },
  {
    until: heir,
    lit: (telling) => [death(telling), death(telling) + 1],
    at: death,
    word: () => "dies",
    second: "c",
  },
  {
    lit: (telling) => {
      const last = row(telling, "abdication");
      return [heir(telling), last, last + 1, row(telling, "question")];
    },
    at: heir,
    word: () => "",
    second: "c",
  },
  { second: "rnn", more: Learning },
  { apart: Apart },
  { second: "rnn", more: Try },
];

/** The head of a card, what it says, and its note, as markup; `…` stands where an answer is still to come. */
export function wordsOf(card: number, tale: Tale): string[] {
  const { content } = document.getElementById("story-cards") as HTMLTemplateElement;
  const values = valuesOf(tale);
  return Array.from(content.children[card]!.children, ({ innerHTML }) =>
    innerHTML.replace(/\{([\w.]+) ?(\d?)\}/g, (_, path: string, digits: string) => {
      const value = path
        .split(".")
        .reduce((all: unknown, key) => (all as Record<string, unknown> | undefined)?.[key], values);
      return typeof value === "number" ? num(value, Number(digits || 3)) : String(value ?? "…");
    }),
  );
}
