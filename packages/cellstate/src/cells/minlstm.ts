/**
 * The minLSTM: gates and candidate see the input alone; the two gates are divided by their sum.
 * Feng, Tung, Ahmed, Bengio and Hajimirsadeghi, "Were RNNs All We Needed?", 2024, section 3.2.
 * f / (f + i) is written as a sigmoid of the difference of logarithms: the quotient would be 0 / 0 where both
 * gates are shut.
 */
import { cell } from "../cell/cell.ts";

export const minLstm = cell(
  "minLSTM",
  `
  u = logsigmoid(W_f @ x + b_f)   # forget gate, as a logarithm
  v = logsigmoid(W_i @ x + b_i)   # input gate, as a logarithm
  f = sigmoid(u - v)              # the forget gate's share
  n = W_n @ x + b_n               # candidate
  h = f * h[t-1] + (1 - f) * n    # hidden state
  b_f ~ 1
`,
);
