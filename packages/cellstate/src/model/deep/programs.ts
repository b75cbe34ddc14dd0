/** What deep networks' layers run, as equations. */
import { cell } from "../../cell/cell.ts";

/** Its parameters are called `s_y` and `b_y` inside, `s` and `b` outside. */
export const normCell = () => cell("LayerNorm", "y = s_y * layernorm(x) + b_y\ns ~ 1");

/** A row's part of the mean square of all activations. */
export const squareCell = () => cell("SquaredActivity", "y = mean(x * x)");

/** A row's part of the mean square of their changes: k is 0 where there is no step before. */
export const changeCell = () =>
  cell(
    "ActivityChange",
    `
  p = x
  k = 1
  d = stopgradient(k[t-1]) * (x - p[t-1])
  y = mean(d * d)
`,
  );
