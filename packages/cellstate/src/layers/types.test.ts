/** What the compiler knows from a cell's literal text: its axes and its names. `tsc` is the judge. */
import { expect, test } from "vitest";
import { cell } from "../cell/cell.ts";
import { lstm, lstmp } from "../cells/index.ts";
import { createModel } from "../model/model.ts";
import { dense, embedding, heads, recurrent, sequential } from "./layers.ts";

test("an axis that the equations name must be given a size", () => {
  // @ts-expect-error projection is missing
  expect(() => recurrent(lstmp, { units: 670 })).toThrow("projection");
  expect(recurrent(lstmp, { units: 670, projection: 3, direction: "both" }).sizes).toEqual({
    units: 670,
    projection: 3,
  });
});

test("a trace knows the names of the model's equations", async () => {
  const model = await createModel(
    sequential(
      embedding({ vocabulary: 3, size: 2 }),
      recurrent(lstm, { units: 4 }),
      heads({ a: sequential(dense({ units: 3 })) }),
    ),
  );
  const trace = await model.trace({ values: [1], shape: [1, 1] });
  expect(trace.get("f").caption).toContain("forget gate");
  // @ts-expect-error no equation defines it
  expect(() => trace.get("forgot")).toThrow("forgot");
  // @ts-expect-error nor here
  expect(() => model.with({ forgot: 1 })).toThrow("forgot");
});

test("a text that the compiler does not know leaves every name open", async () => {
  const text: string = "h = tanh(W_h @ x + R_h @ h[t-1])";
  const layer = recurrent(cell("Typed", text), { units: 3, direction: "forward", layers: 2 });
  const model = await createModel(sequential(layer), { input: 1 });
  const trace = await model.trace({ values: [1, 2], shape: [1, 2] });
  expect(trace.get("h", { layer: "recurrent.1" }).shape).toEqual([1, 2, 3]);
});
