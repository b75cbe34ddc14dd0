/**
 * The diagram of any cell, made from its own equations by one rule: a state s = a · s[t-1] + b is a rail along the
 * top, which carries × and +; the other states run below; a weighted sum with the function on it is a box, in the
 * text's order; every other operation is a small node. Plain data, for whatever draws it.
 */
import type { Cell } from "../cell.ts";
import { expressionText } from "../text.ts";
import { measure } from "./diagram/measure.ts";
import { spotsOf } from "./diagram/names.ts";
import { type Part, type PartKind, type Parts, partsOf, type Value } from "./diagram/parts.ts";
import { placeParts } from "./diagram/place.ts";
import { routeWires } from "./diagram/route.ts";

/** A cell as a picture. Lengths are in units of about a pixel; x grows to the right, y downwards. */
export interface Diagram {
  /** Of the whole picture. */
  readonly width: number;
  /** Of the whole picture. */
  readonly height: number;
  /** The cell itself: inside are its boxes and operations, outside the states, inputs and outputs. */
  readonly body: Rectangle;
  /** Boxes, operations, states, inputs and outputs. */
  readonly nodes: readonly DiagramNode[];
  /** What flows from node to node. */
  readonly wires: readonly DiagramWire[];
  /** Where a wire branches. */
  readonly dots: readonly Point[];
  /** One for each equation, in the order in which a step is computed: the text's wherever it can be. */
  readonly stages: readonly DiagramStage[];
}

/** A place in the picture. */
export interface Point {
  /** To the right. */
  readonly x: number;
  /** Downwards. */
  readonly y: number;
}

/** `x` and `y` are those of its corner at the left and top. */
export interface Rectangle extends Point {
  readonly width: number;
  readonly height: number;
}

/**
 * `box`: a weighted sum with the function put on it. `operation`: + × 1− tanh max …. `state in`: a state's value
 * after the step before. `state out`: its value after this step. `constant`: numbers and parameters alone.
 */
export type DiagramNodeKind = PartKind;

/** `x` and `y` are those of its middle. */
export interface DiagramNode extends Point {
  /** The name of the value, if it has one: "f", "c[t-1]"; else that of its equation and a number: "c.1". */
  readonly id: string;
  /** What it stands for, and so how it is drawn. */
  readonly kind: DiagramNodeKind;
  /** "σ", "tanh", "×", "1−", "c[t-1]"; "Σ" is a weighted sum without a function. */
  readonly label: string;
  /** What it computes, in the language: "c[t-1] * f", "tanh(c)"; of a value with an equation, what that says. */
  readonly text: string;
  /** The equations' names of the values that stand here; more than one for a layernorm of several values. */
  readonly names: readonly DiagramName[];
  /** The comment behind its equation; empty where there is none. */
  readonly caption?: string;
  /** The number of its equation's stage, from 0; an input's is that of the first equation that reads it. */
  readonly stage: number;
  /** Lies on a rail. */
  readonly isRail: boolean;
  /** From its left to its right rim. */
  readonly width: number;
  /** From its upper to its lower rim. */
  readonly height: number;
}

/** A name, and the middle of the place beside its node that is free for it. */
export interface DiagramName extends Point {
  readonly name: string;
}

/** A line from one node to another. */
export interface DiagramWire {
  /** The id of the node where it begins. */
  readonly from: string;
  /** The id of the node where it ends. */
  readonly to: string;
  /** What flows in it, as the text writes it: "f", "x", "h[t-1]"; nothing for a value without a name. */
  readonly name?: string;
  /** From rim to rim: the ends and the corners. */
  readonly points: readonly DiagramCorner[];
  /** The number of the stage that uses it. */
  readonly stage: number;
  /** Lies on a rail: the way of a state through the cell. */
  readonly isRail: boolean;
}

/** A corner at a dot is sharp; the others look best rounded. */
export interface DiagramCorner extends Point {
  readonly isDot: boolean;
}

/** One equation: what to light up when it is its turn. */
export interface DiagramStage {
  /** "f"; "xf, xi" for a layernorm of several values. */
  readonly name: string;
  /** The comment behind the equation; empty where there is none. */
  readonly caption?: string;
  /** The ids of its nodes, each after those it reads. */
  readonly nodes: readonly string[];
  /** The numbers of its wires: what its nodes read. */
  readonly wires: readonly number[];
}

/**
 * The diagram of a cell. The same text gives the same diagram; it takes a millisecond or so, to be made again at
 * every key that is pressed.
 *
 * @param cell - any cell, from the zoo or typed
 * @example
 * for (const { kind, label, x, y } of cellDiagram(lstm).nodes) console.log(kind, label, x, y);
 */
export function cellDiagram(cell: Cell): Diagram {
  const of = partsOf(cell);
  const measured = measure(of, routeWires(of, placeParts(of)));
  const ids = idsOf(of);
  const name = ({ part, index }: Value): string | undefined =>
    part.kind === "state in" ? part.label : part.names[index];
  const spots = spotsOf(of.parts, measured);
  const nodes = of.parts.map((part): DiagramNode => {
    const { x, y, width, height } = measured.places.get(part)!;
    return {
      id: ids.get(part)!,
      kind: part.kind,
      label: part.label,
      text: expressionText(part.of),
      names: spots.get(part) ?? [],
      ...(part.caption !== undefined && { caption: part.caption }),
      stage: part.stage,
      isRail: part.rail !== undefined,
      x,
      y,
      width,
      height,
    };
  });
  const wires = measured.wires.map(({ route: { value, to, input }, points }): DiagramWire => {
    const flows = name(value);
    return {
      from: ids.get(value.part)!,
      to: ids.get(to)!,
      ...(flows !== undefined && { name: flows }),
      points,
      stage: to.stage,
      isRail: to.rail !== undefined && input === 0,
    };
  });
  const stages = of.stages.map(
    ({ names, caption }, k): DiagramStage => ({
      name: names.join(", "),
      ...(caption !== undefined && { caption }),
      nodes: nodes.filter((n) => n.stage === k).map((n) => n.id),
      wires: wires.flatMap((w, number) => (w.stage === k ? [number] : [])),
    }),
  );
  const { width, height, body, dots } = measured;
  return { width, height, body, nodes, wires, dots, stages };
}

export function idsOf({ parts, stages }: Parts): Map<Part, string> {
  const ids = new Map<Part, string>();
  const counts = new Map<number, number>();
  for (const part of parts) {
    const { kind, label, names, stage } = part;
    if (kind === "input" || kind === "state in") ids.set(part, label);
    else if (kind === "state out" || kind === "output") ids.set(part, `${kind} ${label}`);
    else if (names.length > 0) ids.set(part, names.join(","));
    else {
      counts.set(stage, (counts.get(stage) ?? 0) + 1);
      ids.set(part, `${stages[stage]!.names[0]}.${counts.get(stage)}`);
    }
  }
  return ids;
}
