/**
 * The simple recurrent network: the new state is a squashed sum of the input and the old state.
 * Elman, "Finding Structure in Time", 1990. With relu and the identity as the first recurrent matrix it is the
 * IRNN of Le, Jaitly and Hinton, "A Simple Way to Initialize Recurrent Networks of Rectified Linear Units", 2015.
 */
import { cell } from "../cell/cell.ts";

export const simpleRnn = cell(
  "SimpleRNN",
  `
  h = tanh(W_h @ x + R_h @ h[t-1] + b_h)   # hidden state
  R ~ orthogonal
`,
);

export const reluRnn = cell(
  "ReluRNN",
  `
  h = relu(W_h @ x + R_h @ h[t-1] + b_h)   # hidden state
  R ~ identity
`,
);
