/**
 * The picture that the cards share: the story, a sentence a row, and beside each row what was answered after it. Time
 * runs down, through the text as through the lines.
 */
import { createEffect, createSignal, For, on, onCleanup, onMount } from "solid-js";
import type { Telling } from "../../../story/page.ts";
import type { Told } from "../../worker/story.ts";
import { type Row, Tracks } from "./Tracks.tsx";
import { capital, chance, markupOf, rulerAt, textOf } from "./words.ts";

export interface PictureProps {
  readonly telling: Telling;
  readonly told: Told | undefined;
  /** What stands in the second column. */
  readonly second: "c" | "rnn" | undefined;
  /** Another network's answers. */
  readonly other: Float32Array | undefined;
  /** So many sentences have been told. */
  readonly until: number;
  /** Those that count, if not all do. */
  readonly lit: readonly number[] | undefined;
  /** The sentence that is looked at. */
  readonly at: number;
  readonly onAt: (row: number) => void;
  readonly svg: (element: SVGSVGElement) => void;
}

const SIGNS: Readonly<Record<string, string>> = {
  opening: "crown",
  heir: "crown",
  abdication: "crown",
  death: "fallen",
  question: "asked",
};

export function Picture(props: PictureProps) {
  let list!: HTMLDivElement;
  const [width, setWidth] = createSignal(0);
  const [rows, setRows] = createSignal<readonly Row[]>([]);
  const measure = (): void => {
    setWidth(list.clientWidth);
    setRows(
      Array.from(list.children as Iterable<HTMLElement>, (row) => ({ top: row.offsetTop, height: row.offsetHeight })),
    );
  };
  onMount(() => {
    const watch = new ResizeObserver(measure);
    watch.observe(list);
    onCleanup(() => watch.disconnect());
  });
  createEffect(on(() => [props.telling, props.until, props.second], measure));
  const key = () => {
    const names = props.telling.cast.map(
      (name, n) =>
        `<li class="who-${n}"><svg width="26" height="8"><path class="who-line who-${n}" d="M1 4h24"/></svg>${capital(name)}</li>`,
    );
    const drops =
      props.second === "c" ? '<li class="muted"><span class="gate-1">▼</span> forget gate under ½</li>' : "";
    return `${names.join("")}<li class="muted vacant-key">nobody rules</li>${drops}`;
  };
  const answer = () => {
    const { telling, told, at } = props;
    if (!told) return "The network is being opened; its answers come in a moment.";
    const said = telling.cast.map(
      (name, n) => `<b class="who-${n}">${capital(name)} ${chance(told.answers[at * 3 + n]!)}</b>`,
    );
    const vacant =
      rulerAt(telling, at) < 0 ? " Nobody rules before the heir is named: there is nothing right to say." : "";
    return `After “${textOf(telling, at)}” the LSTM says ${said.join(" ")}${vacant}`;
  };
  return (
    <>
      <ul class="who-key" aria-label="Lines" innerHTML={key()} />
      <div class="tale" classList={{ two: props.second !== undefined, focused: props.lit !== undefined }}>
        <div
          ref={list}
          class="sentences"
          role="listbox"
          tabIndex={0}
          aria-label="The story, sentence by sentence"
          aria-activedescendant={`sentence-${props.at}`}
        >
          <For each={props.telling.sentences}>
            {(sentence, k) => (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the arrows move through the list
              // biome-ignore lint/a11y/useFocusableInteractive: the list has the focus
              <div
                role="option"
                id={`sentence-${k()}`}
                aria-selected={k() === props.at}
                class={`sentence rules-${rulerAt(props.telling, k())}`}
                classList={{ lit: props.lit?.includes(k()) ?? true, untold: k() >= props.until }}
                onClick={() => props.onAt(k())}
              >
                <i class={`sign ${SIGNS[sentence.kind] ?? ""}`} />
                <span innerHTML={markupOf(props.telling, k())} />
              </div>
            )}
          </For>
        </div>
        <Tracks {...props} rows={rows()} width={width()} />
      </div>
      <p class="answer" aria-live="polite" innerHTML={answer()} />
    </>
  );
}
