/**
 * What is said on the cards, as markup that is made again for every story. Nothing in it has been typed by anybody: its
 * words are those of the cards and of the grammar, its numbers the library's, whole in `data-v`.
 */
import type { Telling } from "../../../story/page.ts";
import { likely, short } from "../../parts/numbers.tsx";
import type { Heard } from "../../worker/story.ts";
import { measured } from "./tale.ts";

export const num = (value: number, digits?: number): string => shown(value, short(value, digits));
/** Of something that is likely or not. */
export const chance = (value: number): string => shown(value, likely(value));
const shown = (value: number, text: string): string => `<span class="num" data-v="${value}">${text}</span>`;

export const capital = (word: string): string => word.slice(0, 1).toUpperCase() + word.slice(1);

const place = (names: readonly string[], word: string | undefined): number => names.indexOf(word ?? "");
const isName = (word: string | undefined): boolean => place(measured.names, word) >= 0;

/** Which of the cast rules after a sentence; −1: nobody. */
export const rulerAt = ({ cast, sentences }: Telling, k: number): number => place(cast, sentences[k]?.ruler);

/** A sentence as people write it. What the networks read are the words as they are: small, with a full stop. */
export const textOf = (telling: Telling, k: number): string => sentence(telling, k, (name) => name);

/** With the cast's names in their colours. */
export const markupOf = (telling: Telling, k: number): string =>
  sentence(telling, k, (name, who) => `<b class="who-${who}">${name}</b>`);

function sentence(
  { cast, titles, words, sentences }: Telling,
  k: number,
  named: (name: string, who: number) => string,
): string {
  const { from, to } = sentences[k]!;
  return words.slice(from, to).reduce((text, word, n) => {
    const isTitle = place(titles, word) >= 0 && isName(words[from + n + 1]);
    const written = n === 0 || isName(word) || isTitle ? capital(word) : word;
    const who = place(cast, word);
    return `${text}${n === 0 || word === "." ? "" : " "}${who < 0 ? written : named(written, who)}`;
  }, "");
}

/** Names with a part of a whole each, and a number. */
export const bars = (
  rows: readonly (readonly [name: string, part: number, number: string, style?: string])[],
): string =>
  `<ul class="bars">${rows
    .map(([name, part, number, style]) => `<li class="${style}" style="--part:${part}">${name}${number}</li>`)
    .join("")}</ul>`;

/** How a network ends the story itself: the likeliest words in the place of the last name. */
export function ending({ titles, cast }: Telling, { ending: { words, likely: parts } }: Heard, by: string): string {
  const rows = words.map(
    (word, k) => [capital(word), parts[k]!, chance(parts[k]!), `who-${place(cast, word)}`] as const,
  );
  return `<div class="ending"><p>Long live ${capital(titles[2])} <b>?</b> <small>${by}</small></p>${bars(rows)}</div>`;
}
