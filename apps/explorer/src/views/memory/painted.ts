/** The ledger at one step as a picture to keep: tokens with the bars above and below them. */
export interface PaintedLedger {
  readonly title: string;
  /** The first state's name, then the tokens. */
  readonly tokens: readonly string[];
  /** `[T + 1]`, at the cursor's step. */
  readonly left: Float64Array | undefined;
  readonly was: Float64Array | undefined;
  /** What the longest bar above is worth. */
  readonly full: number;
  /** `[T]` */
  readonly slopes: Float64Array | undefined;
  /** The cursor's place among the tokens. */
  readonly at: number;
}

const [WIDTH, MARGIN, UP, LINE, DOWN] = [1600, 40, 150, 34, 80]; // px

export function paintedLedger({ title, tokens, left, was, full, slopes, at }: PaintedLedger): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  const brush = canvas.getContext("2d")!;
  const style = getComputedStyle(document.body);
  const font = `20px ${style.getPropertyValue("--mono")}`;
  brush.font = font;
  // places of the tokens, from left to right and line by line
  const places: { x: number; line: number; width: number }[] = [];
  let [x, line] = [MARGIN, 0];
  for (const token of tokens) {
    const width = Math.max(22, brush.measureText(token).width + 6);
    if (x + width > WIDTH - MARGIN) [x, line] = [MARGIN, line + 1];
    places.push({ x, line, width });
    x += width;
  }
  const tall = UP + LINE + DOWN;
  [canvas.width, canvas.height] = [WIDTH, MARGIN * 2 + 30 + (line + 1) * tall];
  const far = slopes?.reduce((most, v) => Math.max(most, v), 0) || 1;
  const colour = (name: string): string => style.getPropertyValue(name);
  brush.fillStyle = style.backgroundColor;
  brush.fillRect(0, 0, canvas.width, canvas.height);
  brush.fillStyle = style.color;
  brush.font = `18px ${style.fontFamily}`;
  brush.fillText(title, MARGIN, MARGIN, WIDTH - 2 * MARGIN);
  brush.font = font;
  brush.textAlign = "center";
  tokens.forEach((token, k) => {
    const { x, line, width } = places[k]!;
    const base = MARGIN + 30 + line * tall + UP;
    const bar = (name: string, from: number, height: number): void => {
      brush.fillStyle = colour(name);
      brush.fillRect(x + 1, from, width - 2, height);
    };
    const height = ((left?.[k] ?? 0) / (full || 1)) * (UP - 10);
    bar("--stage-4", base - height, height);
    if (was) bar("--ink", base - (was[k]! / (full || 1)) * (UP - 10) - 1, 2);
    if (k > 0 && slopes) bar("--stage-3", base + LINE, (slopes[k - 1]! / far) * (DOWN - 10));
    brush.fillStyle = style.color;
    if (k === at) brush.strokeRect(x, base, width, LINE);
    brush.fillText(token, x + width / 2, base + LINE - 10);
  });
  return canvas;
}
