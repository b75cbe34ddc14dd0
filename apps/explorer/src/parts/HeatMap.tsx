/**
 * Units × steps as colours. One pixel a value into an image that the canvas scales up (25,600 values in under a
 * millisecond; as rectangles it would be 40); the cursor is drawn over it, so that a step costs nothing.
 */
import { createEffect, createMemo, on, onCleanup, onMount } from "solid-js";
import { isDark } from "../session/wishes.ts";
import { coloursFor, placeIn, type Range } from "./colours.ts";

export interface HeatMapProps {
  /** `[steps, size]` */
  readonly values: ArrayLike<number>;
  readonly steps: number;
  readonly size: number;
  readonly range: Range;
  /** Of each unit its own, if not all go by one. */
  readonly rangeOf?: ((unit: number) => Range) | undefined;
  /** Which units, in which order, from the top; all in their own order if left out. */
  readonly order?: ArrayLike<number>;
  readonly cursor?: { readonly step: number; readonly unit: number };
  /** Steps that are marked, first and last. */
  readonly span?: readonly [number, number] | undefined;
  /** A sentence for those who cannot see it. */
  readonly says: string;
  /** Pixels of a row; 4 if left out. */
  readonly rowHeight?: number;
  readonly onPick?: (step: number, unit: number) => void;
  /** After a drag along the steps. */
  readonly onSpan?: (from: number, to: number) => void;
  readonly canvas?: (element: HTMLCanvasElement) => void;
}

export function HeatMap(props: HeatMapProps) {
  let canvas!: HTMLCanvasElement;
  let from: number | undefined;
  const count = () => props.order?.length ?? props.size;
  const rowHeight = () => props.rowHeight ?? 4;
  const unitAt = (row: number): number => props.order?.[row] ?? row;
  const rowOf = createMemo(() => {
    const rows = new Map<number, number>();
    for (let row = 0; row < count(); row++) rows.set(unitAt(row), row);
    return rows;
  });

  function paint(): void {
    const { values, steps, size, range } = props;
    const rows = count();
    const image = new ImageData(steps, rows);
    const colours = coloursFor(range, isDark());
    for (let row = 0; row < rows; row++) {
      const unit = unitAt(row);
      const own = props.rangeOf?.(unit) ?? range;
      for (let t = 0; t < steps; t++) {
        const from = placeIn(own, values[t * size + unit]!) * 3;
        const to = (row * steps + t) * 4;
        image.data[to] = colours[from]!;
        image.data[to + 1] = colours[from + 1]!;
        image.data[to + 2] = colours[from + 2]!;
        image.data[to + 3] = 255;
      }
    }
    // the element's own pixels are the values; the browser scales them up without smoothing
    [canvas.width, canvas.height] = [steps, rows];
    canvas.getContext("2d")!.putImageData(image, 0, 0);
  }

  const stepAt = (event: PointerEvent): number => {
    const { left, width } = canvas.getBoundingClientRect();
    return Math.max(0, Math.min(props.steps - 1, Math.floor(((event.clientX - left) / width) * props.steps)));
  };
  const rowAt = (event: PointerEvent): number => {
    const { top, height } = canvas.getBoundingClientRect();
    return Math.max(0, Math.min(count() - 1, Math.floor(((event.clientY - top) / height) * count())));
  };

  onMount(() => {
    props.canvas?.(canvas);
    createEffect(on(() => [props.values, props.range, props.rangeOf, props.order, isDark()], paint));
  });
  onCleanup(() => canvas.remove());

  const part = (n: number, of: number): string => `${(n / of) * 100}%`;
  return (
    <div class="heat" style={{ height: `${count() * rowHeight()}px` }}>
      <canvas
        ref={canvas}
        role="img"
        aria-label={props.says}
        onPointerDown={(event) => {
          from = stepAt(event);
          canvas.setPointerCapture(event.pointerId);
          props.onPick?.(from, unitAt(rowAt(event)));
        }}
        onPointerMove={(event) => {
          if (from !== undefined && props.onSpan && stepAt(event) !== from) {
            const to = stepAt(event);
            props.onSpan(Math.min(from, to), Math.max(from, to));
          }
        }}
        onPointerUp={() => (from = undefined)}
      />
      {props.span && (
        <div
          class="heat-span"
          style={{
            left: part(props.span[0], props.steps),
            width: part(props.span[1] - props.span[0] + 1, props.steps),
          }}
        />
      )}
      {props.cursor && (
        <>
          <div class="heat-step" style={{ left: part(props.cursor.step, props.steps), width: part(1, props.steps) }} />
          <div
            class="heat-unit"
            hidden={!rowOf().has(props.cursor.unit)}
            style={{ top: part(rowOf().get(props.cursor.unit) ?? 0, count()), height: part(1, count()) }}
          />
        </>
      )}
    </div>
  );
}
