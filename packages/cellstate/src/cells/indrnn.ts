/**
 * The IndRNN: each unit sees its own past only, through one weight.
 * Li, Li, Cook, Zhu and Gao, "Independently Recurrent Neural Network", 2018, equation 2, with relu.
 */
import { cell } from "../cell/cell.ts";

export const indRnn = cell(
  "IndRNN",
  `
  h = relu(W_h @ x + u_h * h[t-1] + b_h)   # hidden state
  u_h ~ uniform(1)                         # beyond 1 it would grow from step to step
`,
);
