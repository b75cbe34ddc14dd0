/** What one gets without a memory, or with a simple rule, in the stories that networks are judged by. */
import { generator } from "cellstate";
import { trainingStory } from "./grammar.ts";
import { type Name, names, titleOf, titles } from "./sentences.ts";
import type { Story } from "./teller.ts";

/** Shares of stories whose ruler is named. */
export interface Baselines {
  /** Any name that fits the title. */
  readonly chance: number;
  /** The name that follows the title most often in training stories. */
  readonly bigram: number;
  /** The name that was told last. */
  readonly lastName: number;
  /** The name that was last told right after the title. */
  readonly lastOfTitle: number;
}

const COUNTED = 2000; // training stories

export function baselinesOf(stories: readonly Story[]): Baselines {
  const frequent = frequentNames();
  const share = (guess: (story: Story, at: number) => string): number =>
    mean(stories.map((story) => (guess(story, asked(story).at) === asked(story).answer ? 1 : 0)));
  return {
    chance: mean(
      stories.map((story) => 1 / names.filter((name) => titleOf(name) === titleOf(asked(story).answer)).length),
    ),
    bigram: share(({ words }, at) => frequent.get(words[at - 1]!)!),
    lastName: share(({ words }, at) => lastWhere(words, at, () => true)),
    lastOfTitle: share(({ words }, at) => lastWhere(words, at, (before) => before === words[at - 1])),
  };
}

const asked = ({ questions }: Story) => questions.at(-1)!;
/** The last name before a place, among those with such a word before them. */
function lastWhere(words: readonly string[], at: number, isWanted: (before: string) => boolean): string {
  for (let t = at - 1; t > 0; t--) if (isName(words[t]!) && isWanted(words[t - 1]!)) return words[t]!;
  return "";
}

const isName = (word: string): word is Name => (names as readonly string[]).includes(word);
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** By title, the name that most often comes next. */
function frequentNames(): Map<string, string> {
  const counts = new Map<string, number>();
  const random = generator(0, "king story bigrams");
  for (let n = 0; n < COUNTED; n++) {
    const { words } = trainingStory(random, { length: 129, most: random.integer(7) });
    for (const [t, word] of words.entries()) {
      const pair = `${word} ${words[t + 1]}`;
      if ((titles as readonly string[]).includes(word)) counts.set(pair, (counts.get(pair) ?? 0) + 1);
    }
  }
  const most = (title: string): string =>
    names.reduce((best, name) =>
      (counts.get(`${title} ${name}`) ?? 0) > (counts.get(`${title} ${best}`) ?? 0) ? name : best,
    );
  return new Map(titles.map((title) => [title, most(title)]));
}
