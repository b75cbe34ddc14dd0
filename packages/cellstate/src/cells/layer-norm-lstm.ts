/**
 * The layer-norm LSTM: the sums from the input and from the hidden state are normalised, each over all four gates
 * together; so is the cell state where it is shown, not where it is kept.
 * Ba, Kiros and Hinton, "Layer Normalization", 2016, supplementary material.
 */
import { cell } from "../cell/cell.ts";

export const layerNormLstm = cell(
  "LayerNormLSTM",
  `
  xf, xi, xg, xo = layernorm(W_f @ x, W_i @ x, W_g @ x, W_o @ x)
  rf, ri, rg, ro = layernorm(R_f @ h[t-1], R_i @ h[t-1], R_g @ h[t-1], R_o @ h[t-1])
  f = sigmoid(s_xf * xf + s_rf * rf + b_f)    # forget gate
  i = sigmoid(s_xi * xi + s_ri * ri + b_i)    # input gate
  g = tanh(s_xg * xg + s_rg * rg + b_g)       # candidate
  c = f * c[t-1] + i * g                      # cell state
  o = sigmoid(s_xo * xo + s_ro * ro + b_o)    # output gate
  h = o * tanh(s_c * layernorm(c) + b_c)      # hidden state
  s ~ 1
  b_f ~ 1
`,
);
