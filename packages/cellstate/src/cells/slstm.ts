/**
 * The sLSTM: exponential input gate, a normaliser n that counts what was written, and heads that do not see one
 * another. The stabiliser m keeps every exponent at or below 0; it cancels in c / n, so that no gradient need pass.
 * Beck et al., "xLSTM: Extended Long Short-Term Memory", 2024, equations 8 to 17, forget gate a sigmoid.
 */
import { cell } from "../cell/cell.ts";

export const slstm = cell(
  "sLSTM",
  `
  R : blockdiagonal(heads)
  u = W_i @ x + R_i @ h[t-1] + b_i               # input gate, as a logarithm
  v = logsigmoid(W_f @ x + R_f @ h[t-1] + b_f)   # forget gate, as a logarithm
  m = stopgradient(max(v + m[t-1], u))           # stabiliser
  i = exp(u - m)                                 # input gate
  f = exp(v + m[t-1] - m)                        # forget gate
  g = tanh(W_g @ x + R_g @ h[t-1] + b_g)         # candidate
  o = sigmoid(W_o @ x + R_o @ h[t-1] + b_o)      # output gate
  c = f * c[t-1] + i * g                         # cell state
  n = f * n[t-1] + i                             # normaliser
  h = o * c / n                                  # hidden state
  m[0] = -1e30                                   # nothing has been written yet
  b_f ~ 1
`,
);
