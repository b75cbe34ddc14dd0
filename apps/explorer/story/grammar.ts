/**
 * Stories of a little kingdom, told by a grammar: a king or a queen rules, people go about their lives, somebody asks
 * who rules, and then the ruler dies, abdicates, is driven out, or wins. To name the ruler one has to remember a name
 * over everything told since, and to forget it at the right word. Training stories leave a part of all successions
 * out (`heldOut.ts`); held-out stories are made of that part, and are what a model is judged by.
 */
import { generator } from "cellstate";
import { eventWeights, isHeldOut, isHeldOutOrder, type RoyalEvent } from "./heldOut.ts";
import { type Name, names } from "./sentences.ts";
import { cut, type RandomNumbers, type Story, type Teller, teller } from "./teller.ts";

export type { Question, Sentence, Story } from "./teller.ts";

const DEED = 0.15; // how often the ruler is named before the question
const QUESTION = 0.9; // how often a reign has a question
const PAUSE = 1 / 3; // how often something else is told between a death and the heir

const events = Object.keys(eventWeights) as RoyalEvent[];
const urn = events.flatMap((event) => Array<RoyalEvent>(eventWeights[event]).fill(event));

/**
 * A story to learn from.
 *
 * @param length - words; the story is cut there, in the middle of a sentence where it happens so
 * @param most - at most so many sentences of other things in a row
 */
export function trainingStory(random: RandomNumbers, { length, most }: { length: number; most: number }): Story {
  const tell = teller(random);
  tell.open(tell.pick(names));
  while (tell.length() < length) {
    reign(tell, most);
    happen(tell, {
      isWanted: (event) => !isHeldOutOrder(tell.lastEvent(), event),
      mayFollow: (next) => !isOfHeldOut(tell, next),
    });
  }
  return cut(tell.story(), length);
}

/** What is told of a ruler before the next event. */
function reign(tell: Teller, most: number): void {
  const { random } = tell;
  const wander = (): void => tell.wander(random.integer(most + 1));
  wander();
  if (random.uniform() < DEED) {
    tell.say("deed");
    wander();
  }
  if (random.uniform() < QUESTION) {
    tell.ask();
    wander();
  }
}

interface Choice {
  readonly isWanted: (event: RoyalEvent) => boolean;
  /** Whether one may come to the throne now. */
  readonly mayFollow: (next: Name) => boolean;
}

function happen(tell: Teller, { isWanted, mayFollow }: Choice): RoyalEvent {
  const event = tell.pick(urn.filter(isWanted));
  const others = names.filter((name) => name !== tell.ruler());
  const next = tell.pick(event === "victory" ? others : others.filter(mayFollow));
  const hasPause = event === "death" && tell.random.uniform() < PAUSE;
  tell.happen(event, next, { pause: hasPause ? () => tell.wander(1) : undefined });
  return event;
}

/** Whether the two last rulers and the next are three that training leaves out; false with one ruler so far. */
function isOfHeldOut(tell: Teller, next: Name): boolean {
  const [first, second] = tell.line();
  return second !== undefined && isHeldOut(first!, second, next);
}

export interface HeldOutOptions {
  readonly seed: number;
  /** So many sentences between the last event and the question, [least, most]. */
  readonly between: readonly [number, number];
  /** Other purposes, other stories from the same seed. */
  readonly purpose: string;
}

/** How many sentences stand in between where a model is judged. */
export const betweens = { near: [0, 6], far: [7, 12], farthest: [12, 20] } as const;

/**
 * Stories to judge a model by: every succession from the second on is one that no training story tells, orders of
 * events are any, and the last sentence is the question that counts.
 *
 * @example heldOutStories(1000, { seed: 1, purpose: "test", between: betweens.near })
 */
export function heldOutStories(count: number, { seed, between, purpose }: HeldOutOptions): Story[] {
  const [least, most] = between;
  return Array.from({ length: count }, (_, n) => {
    const random = generator(seed, `king story ${purpose} ${least}-${most} ${n}`);
    return heldOutStory(random, least + random.integer(most - least + 1));
  });
}

function heldOutStory(random: RandomNumbers, between: number): Story {
  const tell = teller(random);
  tell.open(tell.pick(names));
  let successions = 0;
  const more = random.integer(2); // events after the second succession, of any kind
  for (let after = 0; successions < 2 || after < more; ) {
    if (successions >= 2) after++;
    reign(tell, 2);
    const isAny = tell.line().length < 2;
    const event = happen(tell, { isWanted: () => true, mayFollow: (next) => isAny || isOfHeldOut(tell, next) });
    if (event !== "victory") successions++;
  }
  tell.wander(between);
  tell.ask();
  return tell.story();
}
