/**
 * The LSTM whose gates also see the cell state, each unit its own: input and forget gate the old one, the output
 * gate the new one. Gers, Schraudolph and Schmidhuber, "Learning Precise Timing with LSTM Recurrent Networks",
 * 2002; these equations: Greff et al., "LSTM: A Search Space Odyssey", 2017, section II (vanilla LSTM).
 */
import { cell } from "../cell/cell.ts";

export const peepholeLstm = cell(
  "PeepholeLSTM",
  `
  f = sigmoid(W_f @ x + R_f @ h[t-1] + p_f * c[t-1] + b_f)   # forget gate
  i = sigmoid(W_i @ x + R_i @ h[t-1] + p_i * c[t-1] + b_i)   # input gate
  g = tanh(W_g @ x + R_g @ h[t-1] + b_g)                     # candidate
  c = f * c[t-1] + i * g                                     # cell state
  o = sigmoid(W_o @ x + R_o @ h[t-1] + p_o * c + b_o)        # output gate: it sees the new cell state
  h = o * tanh(c)                                            # hidden state
  b_f ~ 1
`,
);
