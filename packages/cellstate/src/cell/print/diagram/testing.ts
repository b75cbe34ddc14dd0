/** A diagram as letters and lines, for a test to keep: every column and row of it at a place of its own. */
import type { Diagram, Point } from "../diagram.ts";

const [EAST, NORTH, WEST, SOUTH] = [1, 2, 4, 8];
const lines = " ╶╵└╴─┘┴╷┌│├┐┬┤┼";

export function pictureOf({ nodes, wires, dots }: Diagram): string {
  const points = [...nodes, ...wires.flatMap((w) => w.points.slice(1, -1))];
  const sorted = (of: (p: Point) => number): number[] => [...new Set(points.map(of))].sort((a, b) => a - b);
  const ys = sorted((p) => p.y);
  const xs = sorted((p) => p.x);
  // wide enough for the label that stands there, and two signs between
  const widths = xs.map((x) => Math.max(1, ...nodes.filter((n) => n.x === x).map((n) => textOf(n).length + 2)));
  const middles = widths.map((width, k) => widths.slice(0, k).reduce((sum, w) => sum + w + 1, 0) + (width >> 1));
  const rows = ys.map((_, k) => 2 * k);
  const signs = Array.from({ length: 2 * ys.length }, () => new Array<number>(middles.at(-1)! + 12).fill(0));
  const at = ({ x, y }: Point): [number, number] => [middles[xs.indexOf(x)]!, rows[ys.indexOf(y)]!];

  for (const { from, to, points: whole } of wires) {
    const [start, end] = [from, to].map((id) => nodes.find((n) => n.id === id)!);
    // a wire into a box may enter beside its middle
    const inner = whole.slice(1, -1).map(at);
    const near = (node: Point, rim: Point): [number, number] => {
      const [i, j] = at(node);
      return xs.includes(rim.x) ? [middles[xs.indexOf(rim.x)]!, j] : [i, j];
    };
    const walk = [near(start!, whole[0]!), ...inner, near(end!, whole.at(-1)!)];
    walk.slice(1).forEach(([i, j], k) => {
      const [a, b] = walk[k]!;
      for (let c = Math.min(a, i); c < Math.max(a, i); c++) {
        signs[b]![c]! |= EAST;
        signs[b]![c + 1]! |= WEST;
      }
      for (let r = Math.min(b, j); r < Math.max(b, j); r++) {
        signs[r]![i]! |= SOUTH;
        signs[r + 1]![i]! |= NORTH;
      }
    });
  }
  const text = signs.map((row) => row.map((s) => lines[s]!));
  for (const dot of dots) {
    const [i, j] = at(dot);
    text[j]![i] = "●";
  }
  for (const node of nodes) {
    const label = textOf(node);
    const [i, j] = at(node);
    // a box is as wide as what enters it
    const entering = node.kind === "box" ? wires.filter((w) => w.to === node.id).map((w) => w.points.at(-1)!.x) : [];
    const beside = Math.max(0, ...entering.map((x) => Math.abs(middles[xs.indexOf(x)]! - i) - (label.length >> 1)));
    const whole = label[0] + " ".repeat(beside) + label.slice(1, -1) + " ".repeat(beside) + label.at(-1);
    [...whole].forEach((sign, k) => {
      text[j]![i - (whole.length >> 1) + k] = sign;
    });
  }
  return text
    .map((row) => row.join("").trimEnd())
    .join("\n")
    .trimEnd();
}

const textOf = ({ kind, label, names }: Diagram["nodes"][number]): string => {
  const own = names.length > 0 ? `${names.map((n) => n.name).join(",")}=${label}` : label;
  return kind === "box" ? `[${own}]` : `(${own})`;
};
