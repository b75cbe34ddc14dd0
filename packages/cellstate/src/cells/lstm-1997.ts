/**
 * The first LSTM: no forget gate, so that the cell state only ever adds up; the candidate lies in (−2, 2), the
 * squashed cell state in (−1, 1); negative biases keep both gates nearly shut at first.
 * Hochreiter and Schmidhuber, "Long Short-Term Memory", 1997, appendix A.1, equations 3 to 5.
 * The paper's learning algorithm lets no error flow back through gates and candidate: the truncated form.
 */
import { cell } from "../cell/cell.ts";

export const lstm1997 = cell(
  "LSTM1997",
  `
  i = sigmoid(W_i @ x + R_i @ h[t-1] + b_i)           # input gate
  o = sigmoid(W_o @ x + R_o @ h[t-1] + b_o)           # output gate
  g = 4 * sigmoid(W_g @ x + R_g @ h[t-1] + b_g) - 2   # candidate
  c = c[t-1] + i * g                                  # cell state: the constant error carousel
  h = o * (2 * sigmoid(c) - 1)                        # hidden state
  b_i, b_o ~ -1                                       # both gates nearly shut at first
`,
);

export const lstm1997Truncated = cell(
  "LSTM1997Truncated",
  `
  r = stopgradient(h[t-1])                            # no error goes back this way
  i = sigmoid(W_i @ x + R_i @ r + b_i)                # input gate
  o = sigmoid(W_o @ x + R_o @ r + b_o)                # output gate
  g = 4 * sigmoid(W_g @ x + R_g @ r + b_g) - 2        # candidate
  c = c[t-1] + i * g                                  # cell state: the constant error carousel
  h = o * (2 * sigmoid(c) - 1)                        # hidden state
  b_i, b_o ~ -1                                       # both gates nearly shut at first
`,
);
