/** The pieces of a cell's diagram: what stands outside, operations and boxes with their gauges, wires, columns on rails. */
import type { Diagram, DiagramNode, DiagramWire } from "cellstate";
import { For, Show } from "solid-js";
import type { Range, Stage } from "../colours.ts";
import { short } from "../numbers.tsx";
import { headPath, roomOn, wirePath } from "./wires.ts";

/** One unit's numbers at one step; undefined where there is none. */
export interface DiagramNumbers {
  at(node: DiagramNode): number | undefined;
  /** What its gauge goes from and to. */
  range(node: DiagramNode): Range | undefined;
  /** The largest that there is on the rail that leads to a node. */
  most(node: DiagramNode): number;
  /** What enters, as a person would name it: the token. */
  readonly input: string;
  /** At what a value is held, if it is. */
  fixed(node: DiagramNode): number | undefined;
}

/** Where a stage is in the step that is shown. */
export interface States {
  readonly active: boolean;
  readonly later: boolean;
}

type Numbers = DiagramNumbers | undefined;

export const isOutside = ({ kind }: DiagramNode): boolean =>
  kind === "input" || kind === "state in" || kind === "state out" || kind === "output";

const lit = ({ active, later }: States) => ({ active, later });

export function Wire(props: { wire: DiagramWire; stage: Stage; active?: boolean; later?: boolean }) {
  return (
    <g
      class="wire"
      classList={{ "wire-rail": props.wire.isRail, active: props.active, later: props.later }}
      style={{ "--stage": props.stage.colour }}
    >
      <path class="wire-line" d={wirePath(props.wire)} />
      <Show when={!props.wire.isRail}>
        <path class="wire-head" d={headPath(props.wire)} />
      </Show>
    </g>
  );
}

/** States before and after, the input, the output. */
export function Outside(props: { node: DiagramNode; numbers: Numbers; state: States }) {
  const { node } = props;
  const isSource = node.kind === "input" || node.kind === "state in";
  const cut = node.label.indexOf("[");
  // the wire to an output comes from below
  const y = node.y + (node.kind === "output" ? -node.height / 2 - 6 : node.height / 2 + 13);
  return (
    <g class="node-outside" data-node={node.id} classList={{ later: props.state.later && !isSource }}>
      <Shape node={node} round={Math.min(node.width, node.height) / 2} />
      <text class="node-name" x={node.x} y={node.y + 4.5}>
        {cut < 0 ? node.label : node.label.slice(0, cut)}
        <Show when={cut >= 0}>
          <tspan class="node-step" dy="3">
            {node.label.slice(cut + 1, -1).replace("-", "−")}
          </tspan>
        </Show>
      </text>
      <Show when={node.kind === "input"} fallback={<Written x={node.x} y={y} value={props.numbers?.at(node)} />}>
        <text class="node-number" x={node.x} y={y}>
          {props.numbers?.input}
        </text>
      </Show>
    </g>
  );
}

const Shape = (props: { node: DiagramNode; round: number }) => (
  <rect
    class="node-shape"
    x={props.node.x - props.node.width / 2}
    y={props.node.y - props.node.height / 2}
    width={props.node.width}
    height={props.node.height}
    rx={props.round}
  />
);

function Written(props: { x: number; y: number; value: number | undefined }) {
  return (
    <Show when={props.value !== undefined}>
      <text class="node-number" x={props.x} y={props.y} data-v={props.value}>
        {short(props.value!)}
      </text>
    </Show>
  );
}

const isBox = ({ kind }: DiagramNode): boolean => kind === "box";

/** What of an operation or a box can be picked: its shape and its gauge. */
export function NodeShape(props: { node: DiagramNode; numbers: Numbers }) {
  const { node } = props;
  const number = () => props.numbers?.at(node);
  const range = () => props.numbers?.range(node);
  return (
    <g class={`node-${node.kind}`} classList={{ "node-fixed": props.numbers?.fixed(node) !== undefined }}>
      <title>{node.text}</title>
      <Shape node={node} round={isBox(node) ? 8 : Math.min(node.width, node.height) / 2} />
      <Show when={isBox(node) && node.names.length < 2 && number() !== undefined && range()}>
        {(own) => <Gauge node={node} value={number()!} range={own()} />}
      </Show>
    </g>
  );
}

/**
 * What is written in it and beside it.
 *
 * @param isState - its number stands at the state, not beside its name
 */
export function NodeText(props: { node: DiagramNode; numbers: Numbers; isState: boolean }) {
  const { node } = props;
  const number = () => (node.names.length < 2 ? props.numbers?.at(node) : undefined);
  const fixed = () => props.numbers?.fixed(node);
  const isAside = node.kind === "operation" && !props.isState;
  return (
    <g data-node={node.id}>
      <text class="node-label" x={node.x} y={node.y + (isBox(node) && number() !== undefined ? -2.5 : 4.6)}>
        {fixed() === undefined ? node.label : `= ${short(fixed()!)}`}
      </text>
      <Show when={isBox(node)}>
        <Written x={node.x} y={node.y + 12} value={number()} />
      </Show>
      <For each={node.names}>
        {(own) => (
          <text
            class="node-name"
            classList={{ "node-small": node.names.length > 1, "node-aside": isAside }}
            x={isAside ? own.x - own.name.length * 3.5 : own.x}
            y={own.y + 4.5}
          >
            {own.name}
            <Show when={isAside && number() !== undefined}>
              <tspan class="node-number" data-v={number()}>{` ${short(number()!)}`}</tspan>
            </Show>
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
  return <rect class="node-gauge" x={inside.x} width={inside.width} rx="4" y={ends().y} height={ends().height} />;
}

const [TALLEST, WIDE] = [28, 14]; // of a column

export interface ColumnProps {
  readonly diagram: Diagram;
  readonly wire: DiagramWire;
  readonly numbers: DiagramNumbers;
  readonly stage: Stage;
  readonly state: States;
}

/** What a rail carries there, as a column up or down. */
export function Column(props: ColumnProps) {
  const { x, y } = roomOn(props.diagram, props.wire);
  const [from, to] = [props.wire.from, props.wire.to].map((id) => props.diagram.nodes.find((n) => n.id === id)!);
  const value = () => props.numbers.at(from!);
  const height = () => {
    const part = (value() ?? 0) / props.numbers.most(to!);
    return Math.max(-1, Math.min(1, part)) * TALLEST;
  };
  return (
    <g class="rail-column" data-node={from!.id} classList={lit(props.state)} style={{ "--stage": props.stage.colour }}>
      <Show when={value() !== undefined}>
        <rect x={x - WIDE / 2} width={WIDE} y={y - Math.max(0, height())} height={Math.max(1, Math.abs(height()))} />
      </Show>
      <Written x={x} y={y + (height() < 0 ? -height() + 12 : -height() - 5)} value={value()} />
    </g>
  );
}
