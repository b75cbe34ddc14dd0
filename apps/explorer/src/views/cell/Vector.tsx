/**
 * A value's vector at one step: the cursor's unit, the largest units as bars, and all of them as a strip. One element
 * for each bar is kept and moved, so that a step costs little.
 */
import { createEffect, createMemo, on, onMount } from "solid-js";
import { coloursFor, placeIn, type Range } from "../../parts/colours.ts";
import { short } from "../../parts/numbers.tsx";
import { moveCursor, session } from "../../session/session.ts";
import { isDark } from "../../session/wishes.ts";

export interface VectorProps {
  readonly name: string;
  readonly values: Float32Array;
  readonly range: Range;
  /** Of a state: after the step before. */
  readonly before: Float32Array | undefined;
  /** Gets the bars, to move them when their stage comes. */
  readonly onBars: (all: readonly Bar[]) => void;
}

/** The elements of one bar, and what they show now. */
export interface Bar {
  readonly element: HTMLElement;
  readonly bar: HTMLElement;
  /** Of a state: where it was before. */
  readonly tick: HTMLElement;
  readonly number: HTMLElement;
  readonly label: HTMLElement;
  unit: number;
  height: number;
  mark: number;
}

const FULL = 54; // px of the highest bar, as the styles have it

function barOf(): Bar {
  const make = (name: string): HTMLElement => {
    const element = document.createElement(name);
    element.append("");
    return element;
  };
  const [element, bar, tick, number, label] = [make("span"), make("i"), make("s"), make("b"), make("small")];
  element.className = "unit-bar";
  element.append(bar, tick, number, label);
  return { element, bar, tick, number, label, unit: -1, height: -9, mark: 0 };
}

const LARGEST = 12;

/** The places of the largest by size, the largest first. */
function largest(values: Float32Array, count: number): number[] {
  const found: number[] = [];
  values.forEach((value, unit) => {
    const size = Math.abs(value);
    if (found.length === count && size <= Math.abs(values[found.at(-1)!]!)) return;
    let at = found.length;
    while (at > 0 && Math.abs(values[found[at - 1]!]!) < size) at--;
    found.splice(at, 0, unit);
    found.length = Math.min(found.length, count);
  });
  return found;
}

/** As wide as a bar. */
function brief(value: number): string {
  const size = Math.abs(value);
  return size > 0 && size < 0.0005 ? "≈ 0" : short(value, size < 0.005 ? 3 : 2);
}

/** As a part of its scale, with its sign. */
export const partOf = ({ low, high, isSigned }: Range, value: number): number =>
  Math.max(-1, Math.min(1, isSigned ? value / high : (value - low) / (high - low)));

export function Vector(props: VectorProps) {
  let holder!: HTMLDivElement;
  let canvas!: HTMLCanvasElement;
  const size = () => props.values.length;
  const unit = () => Math.min(session.cursor.unit, size() - 1);
  const bars: Bar[] = [];
  const count = createMemo(() => 1 + Math.min(LARGEST, size()));

  function paint(): void {
    const { values, range } = props;
    const image = new ImageData(values.length, 1);
    const colours = coloursFor(range, isDark());
    values.forEach((value, k) => {
      const from = placeIn(range, value) * 3;
      image.data.set([colours[from]!, colours[from + 1]!, colours[from + 2]!, 255], k * 4);
    });
    if (canvas.width !== values.length) [canvas.width, canvas.height] = [values.length, 1];
    canvas.getContext("2d")!.putImageData(image, 0, 0);
  }

  /** Only what differs is written: most bars of a gate stay as they were. */
  function place(): void {
    const { values, range, before } = props;
    [unit(), ...largest(values, LARGEST)].forEach((own, k) => {
      const shown = bars[k]!;
      const { bar, tick, number, label } = shown;
      const [value, was] = [values[own]!, before?.[own] ?? before?.[0]];
      const [height, mark] = [partOf(range, value), was === undefined ? 0 : partOf(range, was)];
      if (shown.height !== height) bar.style.transform = `scaleY(${height})`;
      if (shown.mark !== mark) tick.style.transform = `translateY(${-mark * FULL * (range.isSigned ? 0.5 : 1)}px)`;
      const text = brief(value);
      if (number.textContent !== text) number.firstChild!.nodeValue = text;
      number.dataset["v"] = String(value);
      if (shown.unit !== own) label.firstChild!.nodeValue = String(own);
      Object.assign(shown, { unit: own, height, mark });
    });
  }

  onMount(() => {
    createEffect(
      on(count, (now) => {
        bars.splice(0, bars.length, ...Array.from({ length: now }, barOf));
        bars[0]!.element.classList.add("own");
        holder.replaceChildren(...bars.map(({ element }) => element));
        props.onBars(bars);
      }),
    );
    createEffect(on(() => [props.values, props.range, isDark()], paint));
    createEffect(on(() => [props.values, props.range, props.before, unit(), count()], place));
  });

  const pick = (to: number): void => moveCursor({ value: props.name, unit: to });
  const unitAt = (event: MouseEvent): number => {
    const { left, width } = canvas.getBoundingClientRect();
    return Math.max(0, Math.min(size() - 1, Math.floor(((event.clientX - left) / width) * size())));
  };
  return (
    <div
      class="vector"
      role="slider"
      tabIndex={0}
      data-own-keys
      aria-label={`Unit of ${props.name}`}
      aria-valuemin={0}
      aria-valuemax={size() - 1}
      aria-valuenow={unit()}
      aria-valuetext={`unit ${unit()}: ${short(props.values[unit()]!)}`}
      onKeyDown={(event) => {
        const by = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
        if (by === undefined || event.shiftKey) return;
        event.preventDefault();
        pick(Math.max(0, Math.min(size() - 1, unit() + by)));
      }}
    >
      <div
        ref={holder}
        class="unit-bars"
        classList={{ signed: props.range.isSigned, "with-before": props.before !== undefined }}
        aria-hidden="true"
        onClick={(event) => {
          const picked = (event.target as HTMLElement).closest(".unit-bar");
          const bar = bars.find(({ element }) => element === picked);
          if (bar) pick(bar.unit);
        }}
      />
      <div class="unit-strip">
        <canvas ref={canvas} onClick={(event) => pick(unitAt(event))} />
        <div class="unit-mark" style={{ left: `${((unit() + 0.5) / size()) * 100}%` }} />
      </div>
    </div>
  );
}
