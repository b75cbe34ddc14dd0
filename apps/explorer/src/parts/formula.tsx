/** Pieces of equations in a line of text, as papers print them: W_f as W with f below, h[t-1] as h with t − 1 below. */
import { For } from "solid-js";

/** Names with what stands below them. */
const NAMES = /([A-Za-z]\w*?)(?:_(\w+)|\[(t-1)\])/g;

/** "sigmoid(W_f @ x" as σ(W_f x. */
const signs = (text: string): string =>
  text
    .replaceAll("logsigmoid(", "log σ(")
    .replaceAll("sigmoid(", "σ(")
    .replaceAll(" @ ", "\u2009")
    .replaceAll(" * ", " · ")
    .replaceAll("-", "−");

export function Formula(props: { text: string }) {
  const pieces = () => {
    const all: { readonly text: string; readonly below?: string | undefined }[] = [];
    let from = 0;
    for (const found of props.text.matchAll(NAMES)) {
      all.push({ text: signs(props.text.slice(from, found.index)) });
      all.push({ text: found[1]!, below: found[2] ?? "t−1" });
      from = found.index + found[0].length;
    }
    return [...all, { text: signs(props.text.slice(from)) }];
  };
  return (
    <span class="formula">
      <For each={pieces()}>
        {({ text, below }) => (
          <>
            {text}
            {below !== undefined && <sub>{below}</sub>}
          </>
        )}
      </For>
    </span>
  );
}
