/**
 * MUT1, MUT2 and MUT3: the best three cells of a search over ten thousand; z multiplies the new value.
 * Jozefowicz, Zaremba and Sutskever, "An Empirical Exploration of Recurrent Network Architectures", 2015.
 * The paper adds the bare input where it has as many values as there are units (the candidate of MUT1, the reset
 * gate of MUT2); here it goes through a matrix, so that any number of inputs fits.
 */
import { cell } from "../cell/cell.ts";

export const mut1 = cell(
  "MUT1",
  `
  z = sigmoid(W_z @ x + b_z)                               # update gate: it sees the input alone
  r = sigmoid(W_r @ x + R_r @ h[t-1] + b_r)                # reset gate
  n = tanh(R_n @ (r * h[t-1]) + tanh(W_n @ x) + b_n)       # candidate
  h = n * z + h[t-1] * (1 - z)                             # hidden state
`,
);

export const mut2 = cell(
  "MUT2",
  `
  z = sigmoid(W_z @ x + R_z @ h[t-1] + b_z)                # update gate
  r = sigmoid(W_r @ x + R_r @ h[t-1] + b_r)                # reset gate
  n = tanh(R_n @ (r * h[t-1]) + W_n @ x + b_n)             # candidate
  h = n * z + h[t-1] * (1 - z)                             # hidden state
`,
);

export const mut3 = cell(
  "MUT3",
  `
  z = sigmoid(W_z @ x + R_z @ tanh(h[t-1]) + b_z)          # update gate: it sees the state squashed
  r = sigmoid(W_r @ x + R_r @ h[t-1] + b_r)                # reset gate
  n = tanh(R_n @ (r * h[t-1]) + W_n @ x + b_n)             # candidate
  h = n * z + h[t-1] * (1 - z)                             # hidden state
`,
);
