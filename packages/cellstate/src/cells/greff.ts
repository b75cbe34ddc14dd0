/**
 * The eight variants of the vanilla LSTM (`peephole.ts`), each with one thing changed.
 * Greff et al., "LSTM: A Search Space Odyssey", 2017, by the names given there.
 */
import { cell } from "../cell/cell.ts";

/** No input gate, i = 1. */
export const nig = cell(
  "NIG",
  `
  f = sigmoid(W_f @ x + R_f @ h[t-1] + p_f * c[t-1] + b_f)   # forget gate
  g = tanh(W_g @ x + R_g @ h[t-1] + b_g)                     # candidate
  c = f * c[t-1] + g                                         # cell state: all of the candidate is written
  o = sigmoid(W_o @ x + R_o @ h[t-1] + p_o * c + b_o)        # output gate
  h = o * tanh(c)                                            # hidden state
  b_f ~ 1
`,
);

/** No forget gate, f = 1. */
export const nfg = cell(
  "NFG",
  `
  i = sigmoid(W_i @ x + R_i @ h[t-1] + p_i * c[t-1] + b_i)   # input gate
  g = tanh(W_g @ x + R_g @ h[t-1] + b_g)                     # candidate
  c = c[t-1] + i * g                                         # cell state: all of it is kept
  o = sigmoid(W_o @ x + R_o @ h[t-1] + p_o * c + b_o)        # output gate
  h = o * tanh(c)                                            # hidden state
`,
);

/** No output gate, o = 1. */
export const nog = cell(
  "NOG",
  `
  f = sigmoid(W_f @ x + R_f @ h[t-1] + p_f * c[t-1] + b_f)   # forget gate
  i = sigmoid(W_i @ x + R_i @ h[t-1] + p_i * c[t-1] + b_i)   # input gate
  g = tanh(W_g @ x + R_g @ h[t-1] + b_g)                     # candidate
  c = f * c[t-1] + i * g                                     # cell state
  h = tanh(c)                                                # hidden state: all of the cell state is shown
  b_f ~ 1
`,
);

/** No input activation function, g(x) = x. */
export const niaf = cell(
  "NIAF",
  `
  f = sigmoid(W_f @ x + R_f @ h[t-1] + p_f * c[t-1] + b_f)   # forget gate
  i = sigmoid(W_i @ x + R_i @ h[t-1] + p_i * c[t-1] + b_i)   # input gate
  g = W_g @ x + R_g @ h[t-1] + b_g                           # candidate, not squashed
  c = f * c[t-1] + i * g                                     # cell state
  o = sigmoid(W_o @ x + R_o @ h[t-1] + p_o * c + b_o)        # output gate
  h = o * tanh(c)                                            # hidden state
  b_f ~ 1
`,
);

/** No output activation function, h(x) = x. */
export const noaf = cell(
  "NOAF",
  `
  f = sigmoid(W_f @ x + R_f @ h[t-1] + p_f * c[t-1] + b_f)   # forget gate
  i = sigmoid(W_i @ x + R_i @ h[t-1] + p_i * c[t-1] + b_i)   # input gate
  g = tanh(W_g @ x + R_g @ h[t-1] + b_g)                     # candidate
  c = f * c[t-1] + i * g                                     # cell state
  o = sigmoid(W_o @ x + R_o @ h[t-1] + p_o * c + b_o)        # output gate
  h = o * c                                                  # hidden state, not squashed
  b_f ~ 1
`,
);

/** Coupled input and forget gate, f = 1 − i; a bias of −1 on the input gate stands for 1 on the forget gate. */
export const cifgPeephole = cell(
  "CIFGPeephole",
  `
  i = sigmoid(W_i @ x + R_i @ h[t-1] + p_i * c[t-1] + b_i)   # input gate
  g = tanh(W_g @ x + R_g @ h[t-1] + b_g)                     # candidate
  c = (1 - i) * c[t-1] + i * g                               # cell state: what is not written over is kept
  o = sigmoid(W_o @ x + R_o @ h[t-1] + p_o * c + b_o)        # output gate
  h = o * tanh(c)                                            # hidden state
  b_i ~ -1
`,
);

/** No peepholes: the LSTM of `lstm.ts`. */
export const np = cell(
  "NP",
  `
  f = sigmoid(W_f @ x + R_f @ h[t-1] + b_f)                  # forget gate
  i = sigmoid(W_i @ x + R_i @ h[t-1] + b_i)                  # input gate
  g = tanh(W_g @ x + R_g @ h[t-1] + b_g)                     # candidate
  c = f * c[t-1] + i * g                                     # cell state
  o = sigmoid(W_o @ x + R_o @ h[t-1] + b_o)                  # output gate
  h = o * tanh(c)                                            # hidden state
  b_f ~ 1
`,
);

/** Full gate recurrence: every gate also sees all the gates of the step before; nine more matrices. */
export const fgr = cell(
  "FGR",
  `
  f = sigmoid(W_f @ x + R_f @ h[t-1] + p_f * c[t-1] + b_f    # forget gate
      + R_if @ i[t-1] + R_ff @ f[t-1] + R_of @ o[t-1])
  i = sigmoid(W_i @ x + R_i @ h[t-1] + p_i * c[t-1] + b_i    # input gate
      + R_ii @ i[t-1] + R_fi @ f[t-1] + R_oi @ o[t-1])
  g = tanh(W_g @ x + R_g @ h[t-1] + b_g)                     # candidate
  c = f * c[t-1] + i * g                                     # cell state
  o = sigmoid(W_o @ x + R_o @ h[t-1] + p_o * c + b_o         # output gate
      + R_io @ i[t-1] + R_fo @ f[t-1] + R_oo @ o[t-1])
  h = o * tanh(c)                                            # hidden state
  b_f ~ 1
`,
);
