/**
 * The text, each token on the colour of the cursor's unit after it, as Karpathy, Johnson and Fei-Fei drew it
 * ("Visualizing and Understanding Recurrent Networks", 2015). A drag marks steps; a step of the cursor touches two tokens.
 */
import { createEffect, Index, on } from "solid-js";
import { colourOf, inkOn, type Range } from "../../parts/colours.ts";
import { short } from "../../parts/numbers.tsx";
import { moveCursor, session } from "../../session/session.ts";
import { isDark } from "../../session/wishes.ts";
import type { Traced } from "../../worker/look.ts";
import type { Steps } from "../../worker/sequence.ts";

export interface ColouredTextProps {
  readonly traced: Traced;
  readonly range: Range;
  readonly span: Steps | undefined;
  readonly onSpan: (from: number, to: number) => void;
}

export function ColouredText(props: ColouredTextProps) {
  let holder!: HTMLDivElement;
  let from: number | undefined;
  const tokens = () => session.look!.tokens;
  const token = (step: number) => holder.children[step] as HTMLElement | undefined;
  const separator = () => (session.model?.reading.kind === "characters" ? "" : " ");

  createEffect(() => {
    const { traced, range } = props;
    const [unit, dark] = [session.cursor.unit, isDark()];
    tokens().forEach((_, step) => {
      const [value, element] = [traced.values[step * traced.size + unit]!, token(step)!];
      element.style.background = colourOf(range, value, dark);
      element.style.color = inkOn(range, value, dark);
      element.dataset["v"] = String(value);
      element.title = `step ${step + 1}: ${short(value)}`;
    });
  });
  createEffect(
    on([() => session.cursor.step, tokens], ([step], before) => {
      if (before) token(before[0])?.classList.remove("at");
      token(step)?.classList.add("at");
    }),
  );
  createEffect(() => {
    const { span } = props;
    tokens().forEach((_, step) => {
      token(step)!.classList.toggle("marked", span !== undefined && step >= span.from && step <= span.to);
    });
  });

  const stepUnder = (event: PointerEvent): number | undefined => {
    const element = document.elementFromPoint(event.clientX, event.clientY)?.closest<HTMLElement>("[data-step]");
    return element && holder.contains(element) ? Number(element.dataset["step"]) : undefined;
  };
  const says = () =>
    `${props.traced.name} of unit ${session.cursor.unit} along the text: from ${short(props.range.low)} to ${short(props.range.high)} as colour.`;
  return (
    <div
      ref={holder}
      class="coloured"
      classList={{ spaced: separator() !== "" }}
      role="img"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by key
      tabIndex={0}
      aria-label={says()}
      onPointerDown={(event) => {
        from = stepUnder(event);
        if (from !== undefined) moveCursor({ step: from });
      }}
      onPointerMove={(event) => {
        const to = from === undefined || event.buttons === 0 ? undefined : stepUnder(event);
        if (to !== undefined && to !== from) props.onSpan(from!, to);
      }}
      onPointerUp={() => (from = undefined)}
    >
      <Index each={tokens()}>
        {(text, step) => <span data-step={step}>{text() === "\n" ? "↵\n" : text() === "\t" ? "⇥" : text()}</span>}
      </Index>
    </div>
  );
}
