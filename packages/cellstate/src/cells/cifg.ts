/**
 * CIFG: an LSTM whose input and forget gates are coupled, f = 1 − i; a quarter fewer parameters.
 * Greff et al., "LSTM: A Search Space Odyssey", 2017, variant CIFG, without peepholes.
 */
import { cell } from "../cell/cell.ts";

export const cifg = cell(
  "CIFG",
  `
  i = sigmoid(W_i @ x + R_i @ h[t-1] + b_i)   # input gate
  g = tanh(W_g @ x + R_g @ h[t-1] + b_g)      # candidate
  o = sigmoid(W_o @ x + R_o @ h[t-1] + b_o)   # output gate
  c = (1 - i) * c[t-1] + i * g                # cell state: what is not written over is kept
  h = o * tanh(c)                             # hidden state
  b_i ~ -1                                    # keep by default
`,
);
