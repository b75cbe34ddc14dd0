/** A heat map as a picture to keep: its pixels enlarged, with title, tokens or step numbers, and the colours' ends. */

import { isDark } from "../session/wishes.ts";
import { colourOf, type Range } from "./colours.ts";
import { short, visible } from "./numbers.tsx";

export interface PaintedMap {
  /** One pixel a value. */
  readonly map: HTMLCanvasElement;
  readonly title: string;
  readonly tokens: readonly string[];
  readonly range: Range;
}

const [WIDTH, MARGIN, LINE] = [1600, 40, 28]; // px

export function paintedMap({ map, title, tokens, range }: PaintedMap): HTMLCanvasElement {
  const column = Math.max(1, Math.round((WIDTH - 2 * MARGIN) / map.width));
  const row = Math.max(2, Math.min(column, Math.round(900 / map.height)));
  const [width, height] = [column * map.width, row * map.height];
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width + 2 * MARGIN, height + 2 * MARGIN + 2 * LINE];
  const brush = canvas.getContext("2d")!;
  const style = getComputedStyle(document.body);
  const write = (text: string, x: number, y: number, align: CanvasTextAlign, size = 18): void => {
    brush.font = `${size}px ${style.fontFamily}`;
    brush.textAlign = align;
    brush.fillText(text, x, y);
  };
  brush.fillStyle = style.backgroundColor;
  brush.fillRect(0, 0, canvas.width, canvas.height);
  brush.fillStyle = style.color;
  write(title, MARGIN, MARGIN, "left", 22);
  write(`${short(range.low)} … ${short(range.high)}`, MARGIN + width, MARGIN, "right");
  const bar = brush.createLinearGradient(MARGIN + width - 360, 0, MARGIN + width - 160, 0);
  for (let k = 0; k <= 8; k++) {
    bar.addColorStop(k / 8, colourOf(range, range.low + ((range.high - range.low) * k) / 8, isDark()));
  }
  const widest = Math.max(...tokens.map((token) => brush.measureText(visible(token)).width));
  const every = Math.ceil(widest / column);
  tokens.forEach((token, step) => {
    if (step % every === 0) write(visible(token), MARGIN + (step + 0.5) * column, height + MARGIN + 2 * LINE, "center");
  });
  brush.fillStyle = bar;
  brush.fillRect(MARGIN + width - 360, MARGIN - 14, 200, 14);
  brush.imageSmoothingEnabled = false;
  brush.drawImage(map, MARGIN, MARGIN + LINE / 2, width, height);
  return canvas;
}
