/**
 * The minGRU: gate and candidate see the input alone, so that the state is linear in its past and can be scanned.
 * Feng, Tung, Ahmed, Bengio and Hajimirsadeghi, "Were RNNs All We Needed?", 2024, section 3.1.
 */
import { cell } from "../cell/cell.ts";

export const minGru = cell(
  "minGRU",
  `
  z = sigmoid(W_z @ x + b_z)     # update gate: z multiplies the new
  n = W_n @ x + b_n              # candidate
  h = (1 - z) * h[t-1] + z * n   # hidden state
`,
);
