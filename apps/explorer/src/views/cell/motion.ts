/** What moves when a stage's turn comes: numbers along its wires, and its bars from what was before, over what × has left, to what is now. */
import type { DiagramNode, DiagramWire } from "cellstate";
import { createEffect, createMemo, on, onCleanup } from "solid-js";
import { flowThrough } from "../../parts/diagram/flow.ts";
import { short } from "../../parts/numbers.tsx";
import { speed } from "../../session/player.ts";
import { here, session } from "../../session/session.ts";
import { lessMotion } from "../../session/wishes.ts";
import type { Values } from "./at.ts";
import { type Bar, partOf } from "./Vector.tsx";
import { MOVES, type Walk } from "./walk.ts";

export interface Moving {
  readonly walk: Walk;
  readonly at: Values;
  svg(): SVGSVGElement | undefined;
  /** By the value's name. */
  bars(name: string): readonly Bar[];
  number(node: DiagramNode): number | undefined;
}

export function useMotion({ walk, at, svg, bars, number }: Moving): void {
  let stop = (): void => {};
  const diagram = () => here.layer()!.cell.diagram;

  function play(stage: number): void {
    const drawing = svg();
    if (drawing === undefined) return;
    const duration = MOVES / speed();
    const nodes = new Map(diagram().nodes.map((node) => [node.id, node]));
    const text = (wire: DiagramWire): string | undefined => {
      const value = number(nodes.get(wire.from)!);
      return value === undefined ? undefined : short(value);
    };
    const end = flowThrough(drawing, diagram(), stage, { duration, text });
    const own = here.layer()!.cell.values.filter((value) => value.stage === stage);
    const growing = own.flatMap(({ name }) => grow(name, stage, duration));
    stop = () => {
      end();
      for (const animation of growing) animation.cancel();
    };
  }

  function grow(name: string, stage: number, duration: number): Animation[] {
    const now = at.now(name);
    const rail = diagram().stages[stage]!.nodes.filter((id) => diagram().nodes.some((n) => n.id === id && n.isRail));
    const before = at.node(`${name}[t-1]`);
    const path = [before, ...(before ? rail.map(at.node) : [])].filter((values) => values !== undefined);
    const part = (values: Float32Array, unit: number) => partOf(now.range, values[unit] ?? values[0]!);
    return bars(name).map(({ bar, unit }) => {
      const heights = [...(path.length > 0 ? path.map((values) => part(values, unit)) : [0]), part(now.values, unit)];
      return bar.animate(
        heights.map((height) => ({ transform: `scaleY(${height})` })),
        { duration, easing: "ease-in-out" },
      );
    });
  }

  /** The bars may be a moment behind. */
  const isThere = createMemo(() => at.step() === session.cursor.step);
  createEffect(
    on([at.step, isThere, walk.stage, walk.isOn], ([, there, stage, isOn]) => {
      stop();
      stop = () => {};
      if (there && isOn && !lessMotion()) play(stage);
    }),
  );
  onCleanup(() => stop());
}
