/**
 * A cell as a picture, from the library's diagram of its equations: rails, boxes, operations, wires, each in its stage's
 * colour. With numbers it shows one unit at work: boxes fill like gauges, columns stand on the rails, so that × drains
 * and + adds before one's eyes. Without, it is the bare drawing, as for a cell that somebody is just typing.
 */
import type { DiagramNode, DiagramWire } from "cellstate";
import { createMemo, For, Show } from "solid-js";
import type { CellCard } from "../work/models.ts";
import { type Range, type Stage, stagesOf } from "./colours.ts";
import "./diagram.css";
import { short } from "./numbers.tsx";
import { headPath, stretchOf, wirePath } from "./wires.ts";

/** One unit's numbers at one step; undefined where there is none. */
export interface DiagramNumbers {
  /** By the node's id. */
  at(node: DiagramNode): number | undefined;
  /** What its gauge goes from and to. */
  range(node: DiagramNode): Range | undefined;
  /** What is largest on the rail that leads to a node. */
  most(node: DiagramNode): number;
  /** What enters, as a person would name it: the token. */
  readonly input: string;
  /** At what a value is held, if it is. */
  fixed(node: DiagramNode): number | undefined;
}

export interface CellDiagramProps {
  readonly cell: CellCard;
  /** The stage that is lit. */
  readonly active?: number | undefined;
  /** The last stage that has been; later ones are dim. All, if left out. */
  readonly reached?: number | undefined;
  readonly numbers?: DiagramNumbers | undefined;
  readonly onPick?: (stage: number) => void;
  readonly svg?: (element: SVGSVGElement) => void;
}

/** Pixels of a unit of the drawing, at least, so that one can read it. */
const READABLE = 0.9;

export function CellDiagram(props: CellDiagramProps) {
  const diagram = () => props.cell.diagram;
  const stages = createMemo(() => {
    const byName = stagesOf(props.cell);
    return diagram().stages.map((_, k) => [...byName.values()].find(({ index }) => index === k)!);
  });
  const isActive = (stage: number) => props.active === stage;
  const isLater = (stage: number) => props.reached !== undefined && stage > props.reached;
  const state = (stage: number) => ({ active: isActive(stage), later: isLater(stage) });
  /** For numbers above and below what stands outside. */
  const margin = () => (props.numbers ? 14 : 0);
  const outside = createMemo(() => diagram().nodes.filter(isOutside));
  const nodeOf = (wanted: string) => diagram().nodes.find(({ id }) => id === wanted)!;
  const rails = createMemo(() => diagram().wires.filter(({ isRail }) => isRail));

  const says = (k: number): string => {
    const { name, caption } = diagram().stages[k]!;
    const node = diagram().nodes.find((n) => n.stage === k && n.names.length > 0);
    const number = node && props.numbers?.at(node);
    const about = `stage ${k + 1}, ${name}${caption === undefined ? "" : `, ${caption}`}`;
    return number === undefined ? about : `${about}: ${short(number)}`;
  };

  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by key
    <section class="diagram" tabIndex={0} aria-label={`Diagram of ${props.cell.name}`}>
      <svg
        ref={(element) => props.svg?.(element)}
        viewBox={`0 ${-margin()} ${diagram().width} ${diagram().height + 2 * margin()}`}
        style={{
          "min-width": `${Math.round(diagram().width * READABLE)}px`,
          "max-width": `${diagram().width * 1.5}px`,
        }}
        role={props.onPick ? "group" : "img"}
        aria-label={`Diagram of ${props.cell.name}: ${diagram()
          .stages.map(({ name }) => name)
          .join(", ")}`}
      >
        <Body cell={props.cell} />
        <For each={[...diagram().wires].sort((a, b) => Number(a.isRail) - Number(b.isRail))}>
          {(wire) => <Wire wire={wire} stage={stages()[wire.stage]!} state={state(wire.stage)} />}
        </For>
        <For each={diagram().dots}>{(dot) => <circle class="dot" cx={dot.x} cy={dot.y} r="3.1" />}</For>
        <For each={outside()}>
          {(node) => <Outside node={node} numbers={props.numbers} state={state(node.stage)} />}
        </For>
        <Show when={props.numbers}>
          {(numbers) => (
            <For each={rails()}>
              {(wire) => (
                <Column
                  wire={wire}
                  node={nodeOf(wire.from)}
                  to={nodeOf(wire.to)}
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
            <g
              class="stage-group"
              classList={state(k())}
              style={{ "--stage": stages()[k()]!.colour }}
              {...(props.onPick && {
                role: "button",
                tabindex: "0",
                "aria-label": says(k()),
                "aria-pressed": isActive(k()),
                onClick: () => props.onPick!(k()),
                onKeyDown: (event: KeyboardEvent) => {
                  if (event.key !== "Enter" && event.key !== " ") return;
                  event.preventDefault();
                  props.onPick!(k());
                },
              })}
            >
              <For each={diagram().nodes.filter((node) => node.stage === k() && !isOutside(node))}>
                {(node) => <Node node={node} numbers={props.numbers} stage={stages()[k()]!} />}
              </For>
            </g>
          )}
        </For>
      </svg>
    </section>
  );
}

const isOutside = ({ kind }: DiagramNode): boolean =>
  kind === "input" || kind === "state in" || kind === "state out" || kind === "output";

function Body(props: { cell: CellCard }) {
  const body = () => props.cell.diagram.body;
  return <rect class="body" x={body().x} y={body().y} width={body().width} height={body().height} rx="20" />;
}

type States = { readonly active: boolean; readonly later: boolean };

function Wire(props: { wire: DiagramWire; stage: Stage; state: States }) {
  return (
    <g class="wire" classList={{ rail: props.wire.isRail, ...props.state }} style={{ "--stage": props.stage.colour }}>
      <path class="line" d={wirePath(props.wire)} />
      <Show when={!props.wire.isRail}>
        <path class="head" d={headPath(props.wire)} />
      </Show>
    </g>
  );
}

/** States before and after, the input, the output. */
function Outside(props: { node: DiagramNode; numbers: DiagramNumbers | undefined; state: States }) {
  const { node } = props;
  const isSource = node.kind === "input" || node.kind === "state in";
  /** The wire to an output comes from below. */
  const isAbove = () => node.kind === "output";
  const number = () => (node.kind === "input" ? props.numbers?.input : textOf(props.numbers?.at(node)));
  return (
    <g class="outside" classList={{ later: props.state.later && !isSource }}>
      <Shape node={node} round={Math.min(node.width, node.height) / 2} />
      <text class="name" x={node.x} y={node.y + 4.5}>
        <Name text={node.label} />
      </text>
      <Show when={number() !== undefined}>
        <text class="number" x={node.x} y={node.y + (isAbove() ? -node.height / 2 - 6 : node.height / 2 + 13)}>
          {number()}
        </text>
      </Show>
    </g>
  );
}

const textOf = (value: number | undefined): string | undefined => (value === undefined ? undefined : short(value));

/** c[t-1] with its step lowered. */
function Name(props: { text: string }) {
  const cut = () => props.text.indexOf("[");
  return (
    <Show when={cut() > 0} fallback={props.text}>
      {props.text.slice(0, cut())}
      <tspan class="step" dy="3">
        {props.text.slice(cut() + 1, -1).replace("-", "−")}
      </tspan>
    </Show>
  );
}

const Shape = (props: { node: DiagramNode; round: number }) => (
  <rect
    class="shape"
    x={props.node.x - props.node.width / 2}
    y={props.node.y - props.node.height / 2}
    width={props.node.width}
    height={props.node.height}
    rx={props.round}
  />
);

function Node(props: { node: DiagramNode; numbers: DiagramNumbers | undefined; stage: Stage }) {
  const { node } = props;
  const isBox = node.kind === "box";
  const number = () => (node.names.length === 1 ? props.numbers?.at(node) : undefined);
  const fixed = () => props.numbers?.fixed(node);
  return (
    <g class={node.kind} classList={{ fixed: fixed() !== undefined }}>
      <title>{node.text}</title>
      <Shape node={node} round={isBox ? 8 : Math.min(node.width, node.height) / 2} />
      <Show when={isBox && number() !== undefined}>
        <Gauge node={node} value={number()!} range={props.numbers!.range(node)!} />
      </Show>
      <text class="label" x={node.x} y={node.y + (isBox && number() !== undefined ? -2.5 : 4.6)}>
        {fixed() === undefined ? node.label : `= ${short(fixed()!)}`}
      </text>
      <Show when={isBox && number() !== undefined}>
        <text class="number" x={node.x} y={node.y + 12}>
          {short(number()!)}
        </text>
      </Show>
      <For each={node.names}>
        {(own) => (
          <text class="name" classList={{ small: node.names.length > 1 }} x={own.x} y={own.y + 4.5}>
            {own.name}
          </text>
        )}
      </For>
    </g>
  );
}

/** From the bottom up, or from the middle where values have signs. */
function Gauge(props: { node: DiagramNode; value: number; range: Range }) {
  const { node } = props;
  const inside = { x: node.x - node.width / 2 + 2.5, width: node.width - 5, height: node.height - 5 };
  const bottom = node.y + inside.height / 2;
  const place = (value: number): number => {
    const { low, high } = props.range;
    return bottom - ((Math.max(low, Math.min(high, value)) - low) / (high - low)) * inside.height;
  };
  const ends = () => {
    const [from, to] = [place(0), place(props.value)];
    return { y: Math.min(from, to), height: Math.max(0.5, Math.abs(from - to)) };
  };
  return <rect class="gauge" x={inside.x} width={inside.width} rx="4" y={ends().y} height={ends().height} />;
}

const [TALLEST, WIDE] = [28, 14]; // of a column

/** What a rail carries there, as a column up or down. */
function Column(props: {
  wire: DiagramWire;
  node: DiagramNode;
  to: DiagramNode;
  numbers: DiagramNumbers;
  stage: Stage;
  state: States;
}) {
  const [from, to] = stretchOf(props.wire);
  const isFirst = props.node.kind === "state in";
  // clear of what stands at both ends: the first near its operation, inside the cell
  const length = Math.abs(to.x - from.x);
  const x = isFirst ? to.x - Math.min(26, length / 2) : from.x + Math.min(length / 2, 44);
  const value = () => props.numbers.at(props.node);
  const height = () => {
    const part = (value() ?? 0) / props.numbers.most(props.to);
    return Math.max(-1, Math.min(1, part)) * TALLEST;
  };
  return (
    <Show when={value() !== undefined}>
      <g class="column" classList={props.state} style={{ "--stage": props.stage.colour }}>
        <rect
          x={x - WIDE / 2}
          width={WIDE}
          y={from.y - Math.max(0, height())}
          height={Math.max(1, Math.abs(height()))}
        />
        <text class="number" x={x} y={from.y + (height() < 0 ? -height() + 12 : -height() - 5)}>
          {short(value()!)}
        </text>
      </g>
    </Show>
  );
}
