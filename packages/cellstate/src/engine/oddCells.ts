/**
 * The texts of cells made to be awkward: what no cell of the zoo does to a scheduler or an engine. Those named
 * "once wrong" have once been computed wrong.
 */
export const oddCells: Readonly<Record<string, string>> = {
  "a scalar state": `
    m = 0.9 * m[t-1] + mean(h[t-1]) + 0.1
    h = tanh(W_h @ x + R_h @ h[t-1] + m * p_h + b_h)
  `,
  "a scalar state that reads a sum of its own step": `
    h = tanh(W_h @ x + p_h * m[t-1] + b_h)
    m = 0.5 * m[t-1] + sum(h) / 4
  `,
  "learned first values": `
    f = sigmoid(W_f @ x + R_f @ h[t-1] + b_f)
    c = f * c[t-1] + (1 - f) * tanh(W_c @ x + b_c)
    h = tanh(c)
    h[0] = k_h
    c[0] = 2 * k_c - 1
  `,
  "one vector for a first value and for every step": `
    h = tanh(W_h @ x + R_h @ h[t-1] + k_h)
    h[0] = k_h
  `,
  "an output y beside the state": `
    h = tanh(W_h @ x + R_h @ h[t-1] + b_h)
    y : projection = W_y @ h + b_y
  `,
  "a pointwise output": `
    h = tanh(W_h @ x + R_h @ h[t-1] + b_h)
    y = h * h - 0.5 * h[t-1]
  `,
  "a matrix used twice": `
    g = tanh(W_g @ x + R_h @ h[t-1] + b_g)
    h = 0.5 * h[t-1] + tanh(R_h @ g + W_h @ x)
  `,
  "a matrix used twice on the input": `
    g = sigmoid(W_x @ x + R_g @ h[t-1])
    h = g * tanh(W_x @ x + b_h)
  `,
  "a vector used twice": `
    g = sigmoid(W_g @ x + R_g @ h[t-1] + b_a)
    h = g * tanh(W_h @ x + R_h @ h[t-1] + b_a) + b_a * h[t-1]
  `,
  "a linear state": `
    h = W_h @ x + R_h @ h[t-1] + b_h
  `,
  aliases: `
    c = tanh(W_c @ x + R_c @ h[t-1] + b_c)
    d = c
    h = d
  `,
  "an alias of the step before": `
    p = h[t-1]
    q = p[t-1]
    h = tanh(W_h @ x + R_h @ h[t-1] + Q_h @ q + b_h)
  `,
  kinks: `
    a = W_a @ x + R_a @ h[t-1] + b_a
    b = W_b @ x + R_b @ h[t-1] + b_b
    h = clamp(max(a, b) - 0.5 * min(a, 0.3), -0.9, 0.8) + 0.25 * abs(b) * step(a) - 0.1 * relu(b)
  `,
  "softplus, log and sqrt": `
    a = softplus(W_a @ x + R_a @ h[t-1] + b_a)
    b = sqrt(0.5 + a)
    h = log(1 + a * a) - b * exp(-a) + logsigmoid(W_b @ x + b_b) / (1 + b)
  `,
  "log and sqrt on a sum of ragged rows": `
    a = exp(W_a @ x + R_a @ h[t-1] + b_a)
    h = log(a / (1 + sum(a))) / 4 + sqrt(mean(a)) * p_h
  `,
  "division by states": `
    n = 0.3 * n[t-1] * n[t-1] + 1
    h = tanh(W_h @ x + R_h @ h[t-1]) / n - b_h / (2 + n[t-1] * n[t-1])
  `,
  "no parameters at all": `
    x : units
    h = 0.5 * h[t-1] + tanh(x)
  `,
  "an input as wide as the units, added bare": `
    x : units
    g = sigmoid(W_g @ x + R_g @ h[t-1] + b_g)
    h = g * x + (1 - g) * h[t-1]
  `,
  "no state": `
    g = tanh(W_g @ x + b_g)
    h = sigmoid(W_h @ g) * g
  `,
  "a product of a product": `
    h = tanh(U_h @ tanh(R_h @ (V_h @ h[t-1])) + W_h @ x + b_h)
  `,
  "subtracted products": `
    h = tanh(b_h - W_h @ x - R_h @ h[t-1])
  `,
  "a stopped factor": `
    s = stopgradient(sigmoid(W_s @ x + R_s @ h[t-1] + b_s))
    h = s * h[t-1] + (1 - s) * tanh(W_h @ x + b_h)
  `,
  "the same operand stopped and not": `
    r = stopgradient(h[t-1])
    h = tanh(W_h @ x + R_h @ h[t-1] + Q_h @ r + b_h)
  `,
  "a state that no other reads": `
    h = tanh(W_h @ x + b_h) + 0.3 * h[t-1]
    k = 0.5 * k[t-1] + h
    y = h + k
  `,
  "sums over blocks, and their spread": `
    b : blocks = sigmoid(sum(p_b * h[t-1], blocks) + W_b @ x)
    h = expand(b) * h[t-1] + tanh(W_h @ x + R_h @ h[t-1])
  `,
  "a layernorm of one value and of two": `
    u, v = layernorm(W_u @ x, R_v @ h[t-1])
    h = tanh(s_u * u + s_v * v + layernorm(h[t-1]) * p_h + b_h)
  `,
  "a layernorm whose second result goes unread backward": `
    u, v = layernorm(W_u @ x, R_v @ h[t-1])
    h = tanh(u + stopgradient(v) + b_h)
  `,
  "once wrong: a pointwise start over a product of the output": `
    h = 0.5 * h[t-1] + tanh(W_h @ x + b_h)
    y : projection = tanh(W_y @ h + b_y)
  `,
  "once wrong: a vector's gradient is an adjoint that is carried": `
    a = p_a + tanh(W_a @ x)
    b = tanh(p_b + W_b @ x)
    h = tanh(b[t-1] + a)
  `,
  "once wrong: a gradient from an adjoint that the next step needs": `
    h = tanh(W_h @ x + p_a)
    y = sigmoid(h[t-1] + p_b)
  `,
  "once wrong: a linear state read in its own step": `
    a = b[t-1]
    b = M_b @ h[t-1] + W_b @ x
    h = tanh(b - a)
  `,
  "once wrong: one matrix over the state, in the loop and after it": `
    b = M_a @ x + M_h @ h[t-1]
    h = 0.5 * (M_h @ h[t-1]) + p_h
    y = b
  `,
  "once wrong: two sums that begin with each other's operands": `
    a = tanh(W_a @ x)
    h = tanh(M_h @ a[t-1] + tanh(R_h @ h[t-1] + Q_h @ a[t-1]) + b_h)
  `,
  "once wrong: an adjoint known before the loop is carried": `
    a = h[t-1]
    h = tanh(p_h + W_h @ x)
    y = M_y @ h[t-1] + a
  `,
  "once wrong: a product of an adjoint that is only handed on": `
    a = d[t-1]
    b = a
    c = b
    d = b[t-1] + M_d @ c + W_d @ x
    h = tanh(d)
  `,
  "once wrong: two states with one adjoint": `
    a = d[t-1]
    b = a
    d = b[t-1] + h[t-1] + M_d @ b
    h = tanh(p_h + W_h @ x)
    y = h + d
  `,
  "once wrong: states that wait for one another's adjoints": `
    b = 0.5 * c[t-1]
    c = c[t-1] / 2 + mean(x)
    h = tanh((h[t-1] + b[t-1]) * (M_h @ x) + c)
  `,
  "an input and an output of one value": `
    x : one
    h = tanh(x * p_h + R_h @ h[t-1] + b_h)
    y = sum(q_h * h)
  `,
  "zoneout by hand, and a draw inside an expression": `
    z = bernoulli(0.4)
    c = z * c[t-1] + (1 - z) * tanh(W_c @ x + R_c @ h[t-1] + b_c)
    h = sigmoid(W_h @ x + R_h @ h[t-1]) * tanh(c) * (bernoulli(0.7) / 0.7)
  `,
  "one mask for all steps, on the state and on the input": `
    m = bernoulli(0.6, sequence) / 0.6
    g = sigmoid(W_g @ (x * (bernoulli(0.5, sequence) / 0.5)) + R_g @ (h[t-1] * m) + b_g)
    h = g * h[t-1] + (1 - g) * tanh(W_h @ (x * bernoulli(0.5, sequence)) + R_h @ (h[t-1] * m) + b_h)
  `,
  "draws on other axes, per row and inside sums": `
    f : blocks = bernoulli(0.5) * sigmoid(W_f @ x + R_f @ h[t-1])
    k : one = bernoulli(0.5, sequence)
    h = expand(f) * h[t-1] + k * tanh(W_h @ x + b_h) + 0.1 * sum(bernoulli(0.5) * h[t-1])
    y : projection = W_y @ h + bernoulli(0.9) * b_y
  `,
  "draws that are certain": `
    z = bernoulli(0)
    h = z * h[t-1] + (1 - z) * tanh(W_h @ x + R_h @ h[t-1] * bernoulli(1) + b_h)
  `,
  "a named number over several axes": `
    k = 0.3
    f : blocks = sigmoid(k * (W_f @ x) + R_f @ h[t-1])
    h = expand(f) * h[t-1] + k * tanh(W_h @ x + b_h)
  `,
};
