/**
 * JANET: just another network with a forget gate and nothing else; β = 1 makes it write a little less than it
 * forgets. Van der Westhuizen and Lasenby, "The unreasonable effectiveness of the forget gate", 2018.
 * Its chrono start spreads the time scales up to the longest that is to be remembered, in the paper 784 steps.
 */
import { cell } from "../cell/cell.ts";

export const janet = cell(
  "JANET",
  `
  s = W_f @ x + R_f @ h[t-1] + b_f                       # how much to keep, before it is squashed
  f = sigmoid(s)                                         # forget gate
  g = tanh(W_g @ x + R_g @ h[t-1] + b_g)                 # candidate
  h = f * h[t-1] + (1 - sigmoid(s - 1)) * g              # hidden state
  b_f ~ chrono(784)
`,
);
