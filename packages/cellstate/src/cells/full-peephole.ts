/**
 * The LSTM whose gates see the whole cell state, every gate every cell, through matrices Q. The output gate reads
 * the old cell state, so that one product serves all three gates, or the new one, which costs a second stage.
 * Gers and Schmidhuber, "Recurrent Nets that Time and Count", 2000, connect all cells of a block this way; here
 * there is no limit to a block.
 */
import { cell } from "../cell/cell.ts";

export const fullPeepholeLstmOld = cell(
  "FullPeepholeLSTMOld",
  `
  f = sigmoid(W_f @ x + R_f @ h[t-1] + Q_f @ c[t-1] + b_f)   # forget gate
  i = sigmoid(W_i @ x + R_i @ h[t-1] + Q_i @ c[t-1] + b_i)   # input gate
  g = tanh(W_g @ x + R_g @ h[t-1] + b_g)                     # candidate
  c = f * c[t-1] + i * g                                     # cell state
  o = sigmoid(W_o @ x + R_o @ h[t-1] + Q_o @ c[t-1] + b_o)   # output gate: it sees the old cell state
  h = o * tanh(c)                                            # hidden state
  b_f ~ 1
`,
);

export const fullPeepholeLstmNew = cell(
  "FullPeepholeLSTMNew",
  `
  f = sigmoid(W_f @ x + R_f @ h[t-1] + Q_f @ c[t-1] + b_f)   # forget gate
  i = sigmoid(W_i @ x + R_i @ h[t-1] + Q_i @ c[t-1] + b_i)   # input gate
  g = tanh(W_g @ x + R_g @ h[t-1] + b_g)                     # candidate
  c = f * c[t-1] + i * g                                     # cell state
  o = sigmoid(W_o @ x + R_o @ h[t-1] + Q_o @ c + b_o)        # output gate: it sees the new cell state
  h = o * tanh(c)                                            # hidden state
  b_f ~ 1
`,
);
