/**
 * LSTMP: the hidden state is a projection of the cells' output, smaller than the cell state; the recurrent matrices
 * shrink with it. Sak, Senior and Beaufays, "Long Short-Term Memory Recurrent Neural Network Architectures for Large
 * Scale Acoustic Modeling", 2014; without peepholes, as PyTorch's `proj_size`.
 */
import { cell } from "../cell/cell.ts";

export const lstmp = cell(
  "LSTMP",
  `
  f = sigmoid(W_f @ x + R_f @ h[t-1] + b_f)   # forget gate
  i = sigmoid(W_i @ x + R_i @ h[t-1] + b_i)   # input gate
  g = tanh(W_g @ x + R_g @ h[t-1] + b_g)      # candidate
  c = f * c[t-1] + i * g                      # cell state
  o = sigmoid(W_o @ x + R_o @ h[t-1] + b_o)   # output gate
  h : projection = P_h @ (o * tanh(c))        # hidden state: the projected output
  b_f ~ 1
`,
);
