/**
 * CIFG with a projected hidden state: coupled gates and LSTMP together.
 * Hard et al., "Federated Learning for Mobile Keyboard Prediction", 2018.
 */
import { cell } from "../cell/cell.ts";

export const cifgProjection = cell(
  "CIFGProjection",
  `
  i = sigmoid(W_i @ x + R_i @ h[t-1] + b_i)   # input gate
  g = tanh(W_g @ x + R_g @ h[t-1] + b_g)      # candidate
  o = sigmoid(W_o @ x + R_o @ h[t-1] + b_o)   # output gate
  c = (1 - i) * c[t-1] + i * g                # cell state: what is not written over is kept
  h : projection = P_h @ (o * tanh(c))        # hidden state: the projected output
  b_i ~ -1                                    # keep by default
`,
);
