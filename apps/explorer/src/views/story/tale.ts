/** Whose story is told, what the networks make of it, which card is up. Cast, length and card stand in the link. */
import { type Accessor, createEffect, createMemo, createSignal, on } from "solid-js";
import type { PageFacts, Telling } from "../../../story/page.ts";
import { embeddedData } from "../../embedded.ts";
import { ask } from "../../session/ask.ts";
import { changeExtra, embeddedModel, sayProblem, session } from "../../session/session.ts";
import type { Heard, Told, Wish } from "../../worker/story.ts";

/** What stands in the page as data: the words of the first telling, and what was measured of these very networks. */
export const measured = embeddedData("story-facts") as PageFacts;

export const MOST_BETWEEN = 20;
const BETWEEN = 4;
/** The first card that shows the plain RNN. */
const WITH_RNN = 5;

export interface Tale {
  /** The words are there at once. */
  readonly telling: Accessor<Telling>;
  /** What the LSTM makes of them; of the story before, as long as `isOld`. */
  readonly told: Accessor<Told | undefined>;
  readonly heard: Accessor<Heard | undefined>;
  readonly problem: Accessor<string | undefined>;
  readonly wish: Accessor<Wish>;
  setWish(part: Partial<Wish>): void;
  /** From 0. */
  readonly card: Accessor<number>;
  setCard(card: number): void;
}

export function useTale(cards: number): Tale {
  const wish = createMemo(
    (): Wish => {
      const { cast, between } = session.extra;
      const given = Number(between ?? BETWEEN);
      return {
        cast: (cast?.split(",") ?? measured.first.cast) as unknown as Wish["cast"],
        between: Math.max(0, Math.min(MOST_BETWEEN, Math.trunc(given) || 0)),
      };
    },
    undefined,
    { equals: (a, b) => String([a.cast, a.between]) === String([b.cast, b.between]) },
  );
  const card = createMemo(() => Math.max(0, Math.min(cards - 1, Math.trunc(Number(session.extra["card"])) - 1 || 0)));
  const lstm = opened("story", () => true);
  const rnn = opened("story-rnn", () => card() >= WITH_RNN);
  const told = ask("tell", () => {
    const id = lstm();
    return id === undefined ? undefined : { id, ...wish(), unit: measured.unit.unit };
  });
  const heard = ask("hear", () => {
    const id = rnn();
    return id === undefined ? undefined : { id, ...wish() };
  });
  return {
    telling: () => told.answer() ?? measured.first,
    told: told.answer,
    heard: heard.answer,
    problem: told.problem,
    wish,
    setWish(part) {
      const { cast, between } = { ...wish(), ...part };
      changeExtra({ cast: cast.join(), between: String(between) });
    },
    card,
    setCard: (to) => changeExtra({ card: String(Math.max(0, Math.min(cards - 1, to)) + 1) }),
  };
}

/** The id of one of the page's networks, which is opened when it is first wanted. */
function opened(name: string, isWanted: () => boolean): Accessor<number | undefined> {
  const [id, setId] = createSignal<number>();
  let isAsked = false;
  createEffect(
    on(isWanted, (isNow) => {
      if (!isNow || isAsked) return;
      isAsked = true;
      embeddedModel(name, true).then(
        (model) => setId(model.id),
        (error: Error) => sayProblem(error.message),
      );
    }),
  );
  return id;
}
