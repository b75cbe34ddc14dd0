/** Where a text comes from: pasted, typed, dropped, chosen, or small tales to try with. */
import { Show } from "solid-js";
import type { Source } from "../worker/texts.ts";
import { dropZone } from "./dropZone.ts";
import { whole } from "./numbers.tsx";

/** Longer texts are shown by their beginning: a field with a million characters is slow. */
const MOST_SHOWN = 50_000;

export interface TextSourceProps {
  readonly source: Source | undefined;
  onSource(source: Source | undefined): void;
  onTales(): void;
}

export function TextSource(props: TextSourceProps) {
  const isLong = () => (props.source?.text.length ?? 0) > MOST_SHOWN;
  const take = async (file: File | undefined): Promise<void> => {
    if (file) props.onSource({ name: file.name, text: await textOf(file) });
  };
  const { isOver, listeners } = dropZone(take);
  return (
    <div class="text-source" classList={{ over: isOver() }} role="group" aria-label="Text to learn" {...listeners}>
      <Show
        when={!isLong()}
        fallback={
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by key
          <pre class="text-start" role="region" tabIndex={0} aria-label="The beginning of the text">
            {props.source?.text.slice(0, 1500)} …
          </pre>
        }
      >
        <textarea
          aria-label="Text to learn"
          rows={7}
          placeholder="Paste a text here, or drop a file: some thousand characters at least, a million to write well."
          spellcheck={false}
          value={props.source?.text ?? ""}
          onInput={({ currentTarget: { value } }) =>
            props.onSource(value === "" ? undefined : { name: "pasted.txt", text: value })
          }
        />
      </Show>
      <div class="row">
        <label class="button quiet-button">
          Choose a file
          <input
            type="file"
            class="unseen"
            accept=".txt,.md,.csv,.tsv,text/*"
            onChange={(event) => {
              void take(event.currentTarget.files?.[0]);
              event.currentTarget.value = "";
            }}
          />
        </label>
        <button type="button" class="quiet" onClick={() => props.onTales()}>
          Try with small tales
        </button>
        <Show when={props.source}>
          {(source) => (
            <>
              <button type="button" class="quiet" onClick={() => props.onSource(undefined)}>
                Remove
              </button>
              <span class="muted text-name">
                {source().name}, {whole(source().text.length)} characters
              </span>
            </>
          )}
        </Show>
      </div>
    </div>
  );
}

/** UTF-16 where its first bytes say so, else UTF-8. */
async function textOf(file: File): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const [first, second] = bytes;
  const encoding =
    first === 0xff && second === 0xfe ? "utf-16le" : first === 0xfe && second === 0xff ? "utf-16be" : "utf-8";
  return new TextDecoder(encoding).decode(bytes);
}
