/**
 * The strip at the bottom: play and pause, and every step as its token; what comes next, as the model expects it. One
 * tab stop, moved through with the arrows.
 */
import { createEffect, createMemo, For, Index, on, Show } from "solid-js";
import { percent, visible } from "../parts/numbers.tsx";
import { isPlaying, playOrPause, SPEEDS, setSpeed, speed } from "../session/player.ts";
import { moveCursor, session } from "../session/session.ts";
import { lessMotion } from "../session/wishes.ts";

export function Steps() {
  let strip!: HTMLDivElement;
  const look = () => session.look!;
  const last = () => look().tokens.length - 1;
  createEffect(
    on(
      () => session.cursor.step,
      (step) =>
        requestAnimationFrame(() => {
          const token = strip.children[step] as HTMLElement | undefined;
          if (!token) return;
          const left = token.offsetLeft - strip.clientWidth / 2 + token.offsetWidth / 2;
          strip.scrollTo({ left, behavior: lessMotion() || isPlaying() ? "instant" : "smooth" });
        }),
    ),
  );
  return (
    <section class="steps" aria-label="Steps">
      <div class="transport" role="group" aria-label="Play">
        <Move to={0} name="First step" sign="M4 3h2.4v12H4zM14.5 3v12L7 9z" />
        <button type="button" class="play" onClick={playOrPause} aria-label={isPlaying() ? "Pause" : "Play"}>
          <Sign path={isPlaying() ? "M5 3h3v12H5zM10 3h3v12h-3z" : "M5 2.5v13l10-6.5z"} />
        </button>
        <Move to={last()} name="Last step" sign="M11.6 3H14v12h-2.4zM3.5 3v12L11 9z" />
        <label>
          <span class="unseen">Speed</span>
          <select value={speed()} onChange={(event) => setSpeed(Number(event.currentTarget.value))}>
            <For each={SPEEDS}>{(one) => <option value={one}>{one}×</option>}</For>
          </select>
        </label>
      </div>
      <div
        class="strip"
        ref={strip}
        role="slider"
        tabIndex={0}
        aria-label="Step"
        aria-valuemin={1}
        aria-valuemax={last() + 1}
        aria-valuenow={session.cursor.step + 1}
        aria-valuetext={`step ${session.cursor.step + 1} of ${last() + 1}, ${visible(look().tokens[session.cursor.step] ?? "")}`}
      >
        <For each={look().tokens}>
          {(token, step) => (
            // biome-ignore lint/a11y/noStaticElementInteractions: the strip is the control, by keys as by pointer
            // biome-ignore lint/a11y/useKeyWithClickEvents: arrows, Home and End move along it
            <span
              classList={{ token: true, now: step() === session.cursor.step }}
              onClick={() => moveCursor({ step: step() })}
            >
              {visible(token)}
            </span>
          )}
        </For>
      </div>
      <Next />
    </section>
  );
}

function Move(props: { to: number; name: string; sign: string }) {
  return (
    <button type="button" class="quiet" aria-label={props.name} onClick={() => moveCursor({ step: props.to })}>
      <Sign path={props.sign} />
    </button>
  );
}

/** Drawn, since few fonts have these signs. */
const Sign = (props: { path: string }) => (
  <svg viewBox="0 0 18 18" width="18" height="18" aria-hidden="true">
    <path d={props.path} fill="currentColor" />
  </svg>
);

/** The likeliest next symbols at the cursor. */
function Next() {
  const top = createMemo(() => {
    const { likely } = session.look ?? {};
    const reading = session.model?.reading;
    if (!likely || !reading) return [];
    const at = session.cursor.step * likely.count;
    return Array.from(likely.ids.subarray(at, at + Math.min(3, likely.count)), (id, k) => ({
      token: visible("tokens" in reading ? (reading.tokens[id] ?? String(id)) : String(id)),
      probability: likely.probabilities[at + k]!,
    }));
  });
  return (
    <Show when={top().length > 0}>
      <p class="next">
        <span class="muted">next</span>
        <Index each={top()}>
          {(one) => (
            <span class="guess" style={{ "--part": one().probability }}>
              {one().token} <b data-v={one().probability}>{percent(one().probability)}</b>
            </span>
          )}
        </Index>
      </p>
    </Show>
  );
}
