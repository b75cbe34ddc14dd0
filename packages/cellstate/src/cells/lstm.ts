/**
 * The LSTM with a forget gate, as PyTorch, Keras and cuDNN have it: no peepholes, bias 1 on the forget gate.
 * Hochreiter and Schmidhuber, "Long Short-Term Memory", 1997; the forget gate: Gers, Schmidhuber and Cummins,
 * "Learning to Forget", 2000; its bias: Jozefowicz, Zaremba and Sutskever, 2015.
 */
import { cell } from "../cell/cell.ts";

export const lstm = cell(
  "LSTM",
  `
  f = sigmoid(W_f @ x + R_f @ h[t-1] + b_f)   # forget gate: how much of the old cell state to keep
  i = sigmoid(W_i @ x + R_i @ h[t-1] + b_i)   # input gate: how much of the candidate to write
  g = tanh(W_g @ x + R_g @ h[t-1] + b_g)      # candidate cell state
  c = f * c[t-1] + i * g                      # cell state: the long-term memory
  o = sigmoid(W_o @ x + R_o @ h[t-1] + b_o)   # output gate: how much of the cell state to show
  h = o * tanh(c)                             # hidden state: the short-term memory, the output
  b_f ~ 1                                     # remember by default
`,
);
