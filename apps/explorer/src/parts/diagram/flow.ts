/**
 * Numbers on their way along the wires of one stage of a diagram, each wire when its turn comes: by Web Animations, which
 * anyone can see and stop. Whoever wants less motion never calls this.
 */
import type { Diagram, DiagramWire } from "cellstate";
import { partsAlong } from "./wires.ts";

const NS = "http://www.w3.org/2000/svg";

export interface FlowOptions {
  /** Milliseconds of the whole stage. */
  readonly duration: number;
  /** The number in a wire; where there is none, or a whole vector flows, a few bars stand for it. */
  text(wire: DiagramWire): string | undefined;
}

/** The order in which a stage's wires are used: those first whose nodes read nothing of the stage itself. */
export function turnsOf(diagram: Diagram, stage: number): ReadonlyMap<DiagramWire, number> {
  const wires = diagram.stages[stage]!.wires.map((number) => diagram.wires[number]!);
  const depths = new Map<string, number>();
  for (const id of diagram.stages[stage]!.nodes) {
    const before = wires.filter(({ to }) => to === id).map(({ from }) => depths.get(from) ?? -1);
    depths.set(id, Math.max(-1, ...before) + 1);
  }
  return new Map(wires.map((wire) => [wire, depths.get(wire.to) ?? 0]));
}

/** @returns what ends it */
export function flowThrough(svg: SVGSVGElement, diagram: Diagram, stage: number, options: FlowOptions): () => void {
  const turns = turnsOf(diagram, stage);
  const each = options.duration / (Math.max(...turns.values(), 0) + 1);
  const holder = svg.appendChild(make("g", { class: "flow" }));
  const kinds = new Map(diagram.nodes.map(({ id, kind }) => [id, kind]));
  const moving = [...turns].map(([wire, turn]) => {
    const isVector = kinds.get(wire.to) === "box";
    const drop = holder.appendChild(dropOf(isVector ? undefined : options.text(wire)));
    const parts = partsAlong(wire.points);
    const frames = wire.points.map(({ x, y }, k) => ({ transform: `translate(${x}px, ${y}px)`, offset: parts[k]! }));
    drop.style.visibility = "hidden";
    const own = drop.animate(
      frames.map((frame) => ({ ...frame, visibility: "visible" })),
      { duration: each, delay: turn * each, easing: "ease-in-out" },
    );
    return own.finished.then(() => drop.remove());
  });
  const end = (): void => holder.remove();
  // cancelled ones are rejected, and gone with their holder
  Promise.all(moving).then(end, end);
  return () => {
    for (const animation of holder.getAnimations({ subtree: true })) animation.cancel();
    end();
  };
}

function dropOf(text: string | undefined): SVGGElement {
  const drop = make("g", { class: "moving" });
  const width = text === undefined ? 22 : text.length * 6.6 + 10;
  drop.append(make("rect", { class: "moving-pill", x: -width / 2, y: -8.5, width, height: 17, rx: 8.5 }));
  if (text === undefined) {
    [5, 9, 4, 7].forEach((height, k) => {
      drop.append(make("rect", { class: "moving-lane", x: -7.5 + k * 4, y: 4.5 - height, width: 2.6, height }));
    });
  } else {
    const label = make("text", { class: "node-number", x: 0, y: 4 });
    label.textContent = text;
    drop.append(label);
  }
  return drop;
}

function make<K extends keyof SVGElementTagNameMap>(
  name: K,
  attributes: Readonly<Record<string, string | number>>,
): SVGElementTagNameMap[K] {
  const element = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  return element;
}
