/** "What is the forget gate for?": a minute with a little kingdom, on cards beside one picture that they all move. */
import { createEffect, createMemo, createSignal, For, on, Show } from "solid-js";
import { Dynamic } from "solid-js/web";
import { Figure } from "../../parts/figure.tsx";
import { useKeys } from "../../session/keys.ts";
import { cards, wordsOf } from "./cards.ts";
import { glass } from "./glass.ts";
import { Picture } from "./Picture.tsx";
import "./story.css";
import "./picture.css";
import "./glass.css";
import { useTale } from "./tale.ts";
import { textOf } from "./words.ts";

const SWIPE = 56; // pixels that a finger goes sideways

export function Story() {
  const tale = useTale(cards.length);
  const card = () => cards[tale.card()]!;
  const last = () => tale.telling().sentences.length - 1;
  const [at, setAt] = createSignal(0);
  const words = createMemo(() => wordsOf(tale.card(), tale));
  const lookAt = (row: number): number => setAt(Math.max(0, Math.min(last(), row)));
  createEffect(on([tale.card, tale.telling], () => lookAt(card().at?.(tale.telling()) ?? last())));
  /** Undefined where a card has none, or the sentence is of the story before. */
  const under = () => {
    const [told, word] = [tale.told(), card().word?.(tale.telling())];
    return told?.sentences[at()] && word !== undefined ? glass(told, at(), word) : undefined;
  };
  const go = (by: number) => (): void => tale.setCard(tale.card() + by);
  useKeys([
    { key: " ", sign: "Space", does: "next card", run: go(1) },
    { key: "ArrowRight", sign: "→", does: "next card", run: go(1) },
    { key: "ArrowLeft", sign: "←", does: "card before", run: go(-1) },
    { key: "Home", sign: "Home", does: "first card", run: go(-cards.length) },
    { key: "End", sign: "End", does: "last card", run: go(cards.length) },
    { key: "ArrowUp", sign: "↑", does: "sentence before", run: () => lookAt(at() - 1) },
    { key: "ArrowDown", sign: "↓", does: "next sentence", run: () => lookAt(at() + 1) },
  ]);
  let svg: SVGSVGElement | undefined;
  const cells = () => {
    const { cast, sentences } = tale.telling();
    const all = [tale.told(), tale.heard()].flatMap((heard) => heard ?? []);
    return [
      ["sentence", ...all.flatMap((_, k) => cast.map((name) => (k === 0 ? name : `${name}, plain RNN`)))],
      ...sentences.map((_, k) => [
        textOf(tale.telling(), k),
        ...all.flatMap(({ answers }) => [...answers.subarray(k * 3, k * 3 + 3)]),
      ]),
    ];
  };
  let from: Touch | undefined;
  return (
    <div
      class="story"
      onTouchStart={({ touches, target }) => {
        from = (target as Element).closest("input, select, .scroll") ? undefined : touches[0];
      }}
      onTouchEnd={({ changedTouches: [to] }) => {
        if (!from || !to) return;
        const x = to.clientX - from.clientX;
        if (Math.abs(x) > Math.max(SWIPE, 2 * Math.abs(to.clientY - from.clientY))) go(x < 0 ? 1 : -1)();
      }}
    >
      <nav class="story-steps" aria-label="Cards">
        <button type="button" class="quiet" disabled={tale.card() === 0} onClick={go(-1)}>
          Back
        </button>
        <ol aria-hidden="true">
          <For each={cards}>
            {(_, k) => <li class={k() === tale.card() ? "now" : k() < tale.card() ? "done" : ""} />}
          </For>
        </ol>
        <span>
          {tale.card() + 1} / {cards.length}
        </span>
        <button type="button" disabled={tale.card() === cards.length - 1} onClick={go(1)}>
          Next <kbd>Space</kbd>
        </button>
      </nav>
      <section class="story-card" aria-label={`Card ${tale.card() + 1}`}>
        <header aria-live="polite" innerHTML={words()[0]!} />
        <div class="story-body">
          <div class="says" innerHTML={words()[1]!} />
          <Show when={under()}>
            <div class="glass" innerHTML={under()!} />
          </Show>
          <Dynamic component={card().more} tale={tale} />
          <Show when={words()[2]}>
            <p class="aside" innerHTML={words()[2]!} />
          </Show>
        </div>
      </section>
      <div class="story-picture">
        <Show when={!card().apart} fallback={<Dynamic component={card().apart} />}>
          <Figure
            title="The story"
            says="Each line is a name, and how likely it is after “the ruler is …”. ↑ ↓ pick a sentence."
            picture={{ name: "story", svg: () => svg, csv: cells }}
            table={cells}
          >
            <Picture
              telling={tale.telling()}
              told={tale.told()}
              second={card().second}
              other={tale.heard()?.answers}
              until={card().until?.(tale.telling()) ?? last() + 1}
              lit={card().lit?.(tale.telling())}
              at={at()}
              onAt={lookAt}
              svg={(element) => (svg = element)}
            />
          </Figure>
        </Show>
        <Show when={tale.problem()}>{(text) => <pre class="reason">{text()}</pre>}</Show>
      </div>
    </div>
  );
}
