/**
 * Memory blocks: the cells of a block share its gates. Hochreiter and Schmidhuber, "Long Short-Term Memory", 1997;
 * with the forget gate: Gers, Schmidhuber and Cummins, "Learning to Forget", 2000; with peepholes, through which a
 * gate sees all the cells of its own block: Gers, Schraudolph and Schmidhuber, 2002.
 */
import { cell } from "../cell/cell.ts";

export const blocksLstm = cell(
  "BlocksLSTM",
  `
  f : blocks = sigmoid(W_f @ x + R_f @ h[t-1] + b_f)   # forget gate, one for each block
  i : blocks = sigmoid(W_i @ x + R_i @ h[t-1] + b_i)   # input gate
  g = tanh(W_g @ x + R_g @ h[t-1] + b_g)               # candidate, one for each cell
  c = expand(f) * c[t-1] + expand(i) * g               # cell state
  o : blocks = sigmoid(W_o @ x + R_o @ h[t-1] + b_o)   # output gate
  h = expand(o) * tanh(c)                              # hidden state
  b_f ~ 1
`,
);

export const blocksPeepholeLstm = cell(
  "BlocksPeepholeLSTM",
  `
  f : blocks = sigmoid(W_f @ x + R_f @ h[t-1] + sum(p_f * c[t-1], blocks) + b_f)   # forget gate, one for each block
  i : blocks = sigmoid(W_i @ x + R_i @ h[t-1] + sum(p_i * c[t-1], blocks) + b_i)   # input gate
  g = tanh(W_g @ x + R_g @ h[t-1] + b_g)                                           # candidate, one for each cell
  c = expand(f) * c[t-1] + expand(i) * g                                           # cell state
  o : blocks = sigmoid(W_o @ x + R_o @ h[t-1] + sum(p_o * c, blocks) + b_o)        # output gate: the new cell state
  h = expand(o) * tanh(c)                                                          # hidden state
  b_f ~ 1
`,
);
