/** Right gradients pass, wrong ones are found, and what a text stops on purpose is told apart. */
import { describe, expect, test } from "vitest";
import { cell } from "../cell/cell.ts";
import { lstm, lstm1997Truncated, zoo } from "../cells/index.ts";
import { checkGradients } from "./checkGradients.ts";

// float32 carries 24 bits; six steps of a few dozen terms lose some of them
const ROUNDING = 2e-5;

describe("checkGradients", () => {
  test.each(["lstm", "lstmp", "blocksPeepholeLstm", "layerNormLstm", "slstm", "minLstm"])(
    "%s agrees with both",
    async (name) => {
      const { engines, differences, scale, stopsGradients } = await checkGradients(zoo[name]!);
      expect(scale).toBeGreaterThan(1e-3);
      expect(engines.largest / scale).toBeLessThan(ROUNDING);
      expect(engines.largest).toBeGreaterThan(0); // float32 and float64 never agree in every bit
      expect(engines.count).toBeGreaterThan(differences.count);
      expect(stopsGradients).toBe(name === "slstm");
      expect(differences.largest / scale).toBeLessThan(ROUNDING);
    },
  );

  test("a cell typed by hand, with a size of its own", async () => {
    const typed = cell(
      "Typed",
      "k = sigmoid(W_k @ x + R_k @ h[t-1] + b_k)\nh : projection = P_h @ (k * tanh(V_h @ x)) + 0.3 * h[t-1]",
    );
    const { sizes, differences, scale } = await checkGradients(typed, { seed: 5 });
    expect(sizes).toEqual({ input: 3, units: 4, projection: 3 });
    expect(differences).toMatchObject({ count: 4 * 3 + 4 * 3 + 4 + 3 * 4 + 4 * 3 });
    expect(differences.largest / scale).toBeLessThan(ROUNDING);
  });

  test("finds that a truncated gradient is another one, and says that the text wants it so", async () => {
    const { engines, differences, scale, stopsGradients } = await checkGradients(lstm1997Truncated);
    expect(stopsGradients).toBe(true);
    expect(engines.largest / scale).toBeLessThan(ROUNDING);
    expect(differences.largest / scale).toBeGreaterThan(1e-3);
    expect(differences.at).toMatch(/^[A-Za-z]_\w+\[\d+\]$/);
  });

  test("is the same for a seed, another for another", async () => {
    expect(await checkGradients(lstm)).toEqual(await checkGradients(lstm));
    expect((await checkGradients(lstm, { seed: 1 })).scale).not.toBe((await checkGradients(lstm)).scale);
  });
});

test.each([
  ["all values are as long as the input", "s = p_s * s[t-1] + sigmoid(p_f * x) * x\nh = tanh(s)", 2 * 3],
  ["the output is one number", "m = mean(x * p_m)\nh = 0.5 * h[t-1] + m", 3],
  ["there are no parameters", "h = 0.9 * h[t-1] + x * x", 0],
])("a cell without units is checked too: %s", async (_, text, parameters) => {
  const { sizes, differences, engines, scale } = await checkGradients(cell("Unitless", text));
  expect(sizes).toEqual({ input: 3 });
  expect(differences.count).toBe(parameters);
  // the inputs' at least
  expect(engines.count).toBeGreaterThanOrEqual(parameters + 2 * 6 * 3);
  expect(scale).toBeGreaterThan(0.01);
  for (const { largest } of [differences, engines]) expect(largest).toBeLessThan(ROUNDING * scale);
});
