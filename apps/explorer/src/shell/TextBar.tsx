/** What the model reads: a line to type in, read again a moment after the last key. */
import { createEffect, createSignal } from "solid-js";
import { session, setText, show } from "../session/session.ts";

const PAUSE = 250; // ms after a key before the model reads again

const hints: Record<string, string> = {
  characters: "characters",
  words: "words that the model knows",
  ids: "numbers of symbols",
  values: "a line of numbers for each step",
};

export function TextBar() {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const [typed, setTyped] = createSignal(session.text);
  createEffect(() => setTyped(session.text));
  const hint = () => hints[session.model?.reading.kind ?? "characters"];
  return (
    <form
      class="text-bar"
      aria-label="What the model reads"
      onSubmit={(event) => {
        event.preventDefault();
        clearTimeout(timer);
        void setText(typed());
      }}
    >
      <button type="button" class="model-name" onClick={() => show("open")} title="About this model, and others">
        {session.model?.name}
      </button>
      <label class="unseen" for="text">
        Text that the model reads: {hint()}
      </label>
      <textarea
        id="text"
        rows={1}
        spellcheck={false}
        autocomplete="off"
        placeholder={hint()}
        value={typed()}
        onInput={(event) => {
          const text = event.currentTarget.value;
          setTyped(text);
          clearTimeout(timer);
          timer = setTimeout(() => void setText(text), PAUSE);
        }}
        onKeyDown={(event) => {
          if (event.key === "Escape") event.currentTarget.blur();
        }}
      />
    </form>
  );
}
