/**
 * A cell as a picture, from the library's diagram of its equations: rails, boxes, operations, wires, each in its stage's
 * colour. With numbers it shows one unit at work: boxes fill like gauges, columns stand on the rails, so that × drains
 * and + adds before one's eyes. Without, it is the bare drawing, as for a cell that somebody is just typing.
 */
import type { DiagramNode } from "cellstate";
import { createEffect, createMemo, For, on, Show } from "solid-js";
import { lessMotion } from "../session/wishes.ts";
import type { CellCard } from "../worker/models.ts";
import { stagesOf } from "./colours.ts";
import "./diagram/diagram.css";
import {
  Column,
  type DiagramNumbers,
  isOutside,
  NodeShape,
  NodeText,
  Outside,
  type States,
  Wire,
} from "./diagram/nodes.tsx";
import { short } from "./numbers.tsx";

export interface CellDiagramProps {
  readonly cell: CellCard;
  /** The stage that is lit, from 0. */
  readonly active?: number | undefined;
  /** The last stage that has been; later ones are dim. All have, if left out. */
  readonly reached?: number | undefined;
  readonly numbers?: DiagramNumbers | undefined;
  /** If given, stages are buttons. */
  readonly onPick?: (stage: number) => void;
  readonly svg?: (element: SVGSVGElement) => void;
}

/** Pixels of a unit of the drawing: at least, so that one can read it, and at most. */
const [READABLE, LARGEST] = [0.86, 1.12];
const MARGIN = 14; // for numbers above and below what stands outside

export function CellDiagram(props: CellDiagramProps) {
  let frame!: HTMLElement;
  const diagram = () => props.cell.diagram;
  const stages = createMemo(() => {
    const all = [...stagesOf(props.cell).values()];
    return diagram().stages.map((_, k) => all.find(({ index }) => index === k)!);
  });
  const state = (stage: number): States => ({
    active: props.active === stage,
    later: props.reached !== undefined && stage > props.reached,
  });
  const nodesOf = (stage: number) => diagram().nodes.filter((node) => node.stage === stage && !isOutside(node));
  const isState = ({ names }: DiagramNode): boolean =>
    props.cell.values.some((value) => value.isState && value.name === names[0]?.name);
  const margin = () => (props.numbers ? MARGIN : 0);
  // rails lie over other wires
  const wires = createMemo(() => [...diagram().wires].sort((a, b) => Number(a.isRail) - Number(b.isRail)));

  const says = (k: number): string => {
    const { name, caption } = diagram().stages[k]!;
    const node = diagram().nodes.find((n) => n.stage === k && n.names.length > 0);
    const number = node && props.numbers?.at(node);
    const about = `stage ${k + 1}, ${name}${caption === undefined ? "" : `, ${caption}`}`;
    return number === undefined ? about : `${about}: ${short(number)}`;
  };

  // where the card is too narrow for the whole, the active stage comes into sight
  createEffect(
    on(
      () => props.active,
      (stage) => {
        if (stage === undefined) return;
        requestAnimationFrame(() => {
          if (frame.scrollWidth <= frame.clientWidth) return;
          const { x } = diagram().nodes.find((node) => node.stage === stage && !isOutside(node)) ?? { x: 0 };
          const left = (x / diagram().width) * frame.scrollWidth - frame.clientWidth / 2;
          frame.scrollTo({ left, behavior: lessMotion() ? "instant" : "smooth" });
        });
      },
    ),
  );

  return (
    <section
      ref={frame}
      class="diagram"
      // what scrolls must be reachable by key; where stages are buttons, they are
      tabIndex={props.onPick ? undefined : 0}
      aria-label={`Diagram of ${props.cell.name}`}
    >
      <svg
        ref={(element) => props.svg?.(element)}
        viewBox={`0 ${-margin()} ${diagram().width} ${diagram().height + 2 * margin()}`}
        style={{
          "min-width": `${Math.round(diagram().width * READABLE)}px`,
          "max-width": `${Math.round(diagram().width * LARGEST)}px`,
        }}
        role={props.onPick ? "group" : "img"}
        aria-label={`${props.cell.name}: ${diagram()
          .stages.map(({ name }) => name)
          .join(", ")}`}
      >
        <rect
          class="cell-body"
          x={diagram().body.x}
          y={diagram().body.y}
          width={diagram().body.width}
          height={diagram().body.height}
          rx="20"
        />
        <For each={wires()}>
          {(wire) => <Wire wire={wire} stage={stages()[wire.stage]!} later={state(wire.stage).later} />}
        </For>
        {/* once more on top: several may share a stretch */}
        <For each={wires().filter(({ stage }) => stage === props.active)}>
          {(wire) => <Wire wire={wire} stage={stages()[wire.stage]!} active />}
        </For>
        <For each={diagram().dots}>{(dot) => <circle class="wire-dot" cx={dot.x} cy={dot.y} r="3.1" />}</For>
        <For each={diagram().nodes.filter(isOutside)}>
          {(node) => <Outside node={node} numbers={props.numbers} state={state(node.stage)} />}
        </For>
        <Show when={props.numbers}>
          {(numbers) => (
            <For each={diagram().wires.filter(({ isRail }) => isRail)}>
              {(wire) => (
                <Column
                  diagram={diagram()}
                  wire={wire}
                  numbers={numbers()}
                  stage={stages()[wire.stage]!}
                  state={state(wire.stage)}
                />
              )}
            </For>
          )}
        </Show>
        <For each={diagram().stages}>
          {(_, k) => (
            <g class="stage-group" classList={{ ...state(k()) }} style={{ "--stage": stages()[k()]!.colour }}>
              {/* biome-ignore lint/a11y/noStaticElementInteractions: a button wherever it can be picked */}
              {/* biome-ignore lint/a11y/useAriaPropsSupportedByRole: as above */}
              <g
                role={props.onPick && "button"}
                tabindex={props.onPick && 0}
                aria-label={props.onPick && says(k())}
                aria-pressed={props.onPick && state(k()).active}
                onClick={() => props.onPick?.(k())}
                onKeyDown={(event) => {
                  if (event.key !== "Enter" && event.key !== " ") return;
                  event.preventDefault();
                  props.onPick?.(k());
                }}
              >
                <For each={nodesOf(k())}>{(node) => <NodeShape node={node} numbers={props.numbers} />}</For>
              </g>
              <g class="node-texts">
                <For each={nodesOf(k())}>
                  {(node) => <NodeText node={node} numbers={props.numbers} isState={isState(node)} />}
                </For>
              </g>
            </g>
          )}
        </For>
      </svg>
    </section>
  );
}
