/**
 * The GRU: no cell state besides the hidden one; the update gate z keeps, the reset gate r hides the past from the
 * candidate. Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder", 2014, equations 5 to 8.
 * The reset gate works after the recurrent product, as in cuDNN, PyTorch and Keras, which gives the candidate two
 * biases; or before it, as in the paper, which costs a second stage. z multiplies the old state in both.
 */
import { cell } from "../cell/cell.ts";

export const gru = cell(
  "GRU",
  `
  r = sigmoid(W_r @ x + R_r @ h[t-1] + b_r)                  # reset gate
  z = sigmoid(W_z @ x + R_z @ h[t-1] + b_z)                  # update gate
  n = tanh(W_n @ x + b_n + r * (R_n @ h[t-1] + d_n))         # candidate
  h = z * h[t-1] + (1 - z) * n                               # hidden state
  R ~ orthogonal
`,
);

export const gruBefore = cell(
  "GRUBefore",
  `
  r = sigmoid(W_r @ x + R_r @ h[t-1] + b_r)                  # reset gate
  z = sigmoid(W_z @ x + R_z @ h[t-1] + b_z)                  # update gate
  n = tanh(W_n @ x + R_n @ (r * h[t-1]) + b_n)               # candidate
  h = z * h[t-1] + (1 - z) * n                               # hidden state
  R ~ orthogonal
`,
);
