/**
 * The minimal gated unit: a GRU whose update and reset gates are one, called the forget gate; f multiplies the new.
 * Zhou, Wu, Zhang and Zhou, "Minimal Gated Unit for Recurrent Neural Networks", 2016.
 */
import { cell } from "../cell/cell.ts";

export const mgu = cell(
  "MGU",
  `
  f = sigmoid(W_f @ x + R_f @ h[t-1] + b_f)      # forget gate
  n = tanh(W_n @ x + R_n @ (f * h[t-1]) + b_n)   # candidate
  h = (1 - f) * h[t-1] + f * n                   # hidden state
`,
);
