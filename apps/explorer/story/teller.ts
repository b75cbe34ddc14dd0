/**
 * Tells a story sentence by sentence and keeps the books: which words belong to which sentence, who rules after it,
 * and for every question where its answer stands and how far back the ruler was last named.
 */
import type { generator } from "cellstate";
import type { RoyalEvent } from "./heldOut.ts";
import {
  childrenOf,
  fill,
  type Name,
  names,
  type Roles,
  regions,
  type SentenceKind,
  templates,
  titleOf,
} from "./sentences.ts";

export type RandomNumbers = ReturnType<typeof generator>;

/** A sentence's place in a story: words `from` up to, not with, `to`. */
export interface Sentence {
  readonly kind: SentenceKind;
  readonly from: number;
  readonly to: number;
  /** Who rules once it is told; nobody between a death and the heir. */
  readonly ruler?: Name;
}

/** Where a ruler's name has to be known. */
export interface Question {
  /** The name's place: the word before it, its title, is the last that a reader has seen. */
  readonly at: number;
  readonly answer: Name;
  /** Words from the last place where the ruler was named to this one. */
  readonly distance: number;
  /** Whole sentences between the two. */
  readonly between: number;
}

export interface Story {
  readonly words: readonly string[];
  readonly sentences: readonly Sentence[];
  readonly questions: readonly Question[];
  /** One after the other, the present ruler last. */
  readonly rulers: readonly Name[];
  readonly events: readonly RoyalEvent[];
}

/** Which of a kind's sentences, and who and where in it; drawn where left out. */
export interface Wish {
  readonly template?: string;
  readonly roles?: Roles;
}

export interface Happening {
  /** How a ruler dies, where that is the event; drawn if omitted. */
  readonly death?: string;
  /** What is told between a death and the heir. */
  readonly pause?: (() => void) | undefined;
  /** "son", "sister" …; drawn if omitted. */
  readonly child?: string;
}

export type Teller = ReturnType<typeof teller>;

export function teller(random: RandomNumbers) {
  const words: string[] = [];
  const sentences: Sentence[] = [];
  const questions: Question[] = [];
  const rulers: Name[] = [];
  const events: RoyalEvent[] = [];
  let isVacant = false;

  const pick = <T>(from: readonly T[]): T => from[random.integer(from.length)]!;
  /** Anybody but these. */
  const other = (...but: readonly string[]): Name => pick(names.filter((name) => !but.includes(name)));
  const ruler = (): Name => rulers.at(-1)!;

  function say(kind: SentenceKind, { template = pick<string>(templates[kind]), roles = {} }: Wish = {}): void {
    const C = other(ruler());
    const drawn = { K: ruler(), T: titleOf(ruler()), C, D: other(ruler(), C), R: pick(regions), Q: pick(regions) };
    const from = words.length;
    words.push(...fill(template, { ...drawn, ...roles }));
    if (kind === "death") isVacant = true;
    if (kind === "heir" || kind === "abdication" || kind === "crowning") {
      rulers.push(roles["B"] as Name);
      isVacant = false;
    }
    sentences.push({ kind, from, to: words.length, ...(!isVacant && { ruler: ruler() }) });
  }

  /** What a question's answer is, and how far back it was last named. */
  function ask(wish?: Wish): void {
    const answer = ruler();
    const mention = words.lastIndexOf(answer);
    const between = sentences.filter(({ from }) => from > mention).length;
    say("question", wish);
    const at = words.lastIndexOf(answer);
    questions.push({ at, answer, distance: at - mention, between });
  }

  return {
    pick,
    other,
    random,
    ruler,
    say,
    ask,
    /** Words so far. */
    length: () => words.length,
    lastEvent: () => events.at(-1),
    /** The two last rulers, the present one last; one alone at the beginning. */
    line: (): readonly Name[] => rulers.slice(-2),
    open(first: Name, wish?: Wish): void {
      rulers.push(first);
      say("opening", wish);
    },
    /** So many sentences of other people and things. */
    wander(count: number): void {
      for (let n = 0; n < count; n++) say("elsewhere");
    },
    /** An event from beginning to end; `next` follows, or attacks in vain. */
    happen(event: RoyalEvent, next: Name, { death, pause, child = pick(childrenOf(next)) }: Happening = {}): void {
      const roles = { B: next, S: titleOf(next), CHILD: child };
      events.push(event);
      if (event === "death") {
        say("death", death === undefined ? {} : { template: death });
        pause?.();
        say("heir", { roles });
      } else if (event === "abdication") say("abdication", { roles });
      else {
        say("attack", { roles });
        say("battle");
        if (event === "victory") say("victory", { roles });
        else {
          say("defeat");
          say("crowning", { roles });
        }
      }
    },
    story: (): Story => ({ words, sentences, questions, rulers, events }),
  };
}

/** A story's first words; what begins later is left out. */
export function cut(story: Story, length: number): Story {
  return {
    ...story,
    words: story.words.slice(0, length),
    sentences: story.sentences
      .filter(({ from }) => from < length)
      .map((sentence) => ({ ...sentence, to: Math.min(sentence.to, length) })),
    questions: story.questions.filter(({ at }) => at < length),
  };
}
