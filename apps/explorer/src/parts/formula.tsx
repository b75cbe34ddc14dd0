/** Pieces of equations in a line of text, as papers print them: W_f as W with f below, h[t-1] as h with t − 1 below. */
import { For } from "solid-js";

/** A name with what stands below it, or alone; not a function's, which stands upright. */
const NAMES = /([A-Za-z]\w*?)(?:_(\w+)|\[(t-1)\]|(?!\w|\())/g;

/** "sigmoid(", "*", "-" as σ(, ·, −. */
const signs = (text: string): string =>
  text
    .replaceAll("logsigmoid(", "log σ(")
    .replaceAll("sigmoid(", "σ(")
    .replaceAll(" @ ", "\u2009")
    .replaceAll(" * ", " · ")
    .replaceAll("-", "−");

export function Formula(props: { text: string }) {
  const pieces = () => {
    const all: { readonly text: string; readonly name?: string; readonly below?: string | undefined }[] = [];
    let from = 0;
    for (const found of props.text.matchAll(NAMES)) {
      all.push({ text: signs(props.text.slice(from, found.index)), name: found[1]!, below: found[2] ?? found[3] });
      from = found.index + found[0].length;
    }
    return [...all, { text: signs(props.text.slice(from)) }];
  };
  return (
    <span class="formula">
      <For each={pieces()}>
        {({ text, name, below }) => (
          <>
            {text}
            {name !== undefined && <var>{name}</var>}
            {below !== undefined && <sub>{below.replace("-", "−")}</sub>}
          </>
        )}
      </For>
    </span>
  );
}
