/** Noise in model files: kept, of a format that older versions refuse, and refused where nobody could have written it. */
import { expect, test } from "vitest";
import { cell } from "../cell/cell.ts";
import { gru, lstm } from "../cells/index.ts";
import { type Architecture, dense, embedding, heads, inputs, recurrent, sequential } from "../layers/layers.ts";
import { modelFrom } from "./bytes.ts";
import { createModel, internalsOf } from "./model.ts";
import { readSafetensors, withDigest, writeSafetensors } from "./safetensors.ts";
import { trainingCore } from "./training.ts";

const typed = cell("Typed", "R : dropped(0.2)\nh = bernoulli(0.9) * tanh(W_h @ x + R_h @ h[t-1])");
const table = embedding({ vocabulary: 5, size: 3 });
const architectures: Record<string, [number, Architecture]> = {
  nothing: [1, sequential(table, recurrent(lstm, { units: 4, dropout: 0.3 }))],
  "zoneout by state": [3, sequential(table, recurrent(lstm, { units: 4, zoneout: { h: 0.1 } }))],
  zoneout: [3, sequential(table, recurrent(gru, { units: 4, layers: 2, zoneout: 0.1 }))],
  "recurrent dropout": [3, sequential(table, recurrent(gru, { units: 4, recurrentDropout: 0.1 }))],
  "weight drop": [3, sequential(table, recurrent(gru, { units: 4, weightDrop: 0.1 }))],
  "dropped entries": [3, sequential(embedding({ vocabulary: 5, size: 3, dropout: 0.2 }), dense({ units: 4 }))],
  "equations that draw": [3, sequential(table, recurrent(typed, { units: 4 }))],
};

test.each(Object.entries(architectures))(
  "%s comes back as it was, in the format it needs",
  async (_, [format, one]) => {
    const model = await createModel(one, { seed: 3 });
    const bytes = model.toBytes();
    expect(JSON.parse(readSafetensors(bytes).metadata.get("cellstate")!).format).toBe(format);
    const again = await modelFrom(bytes);
    expect(again.architecture).toEqual(one);
    const x = { values: [1, 4, 2], shape: [1, 3] };
    expect((await again.predict(x)).values).toEqual((await model.predict(x)).values);
    model.close();
    again.close();
  },
);

test("names and comments that only sound like noise or deep layers need no newer format, and change no training", async () => {
  const quiet = cell("bernoulli", "h = tanh(W_h @ x + R_h @ h[t-1])   # nothing is dropped: no activityRegularization");
  const named = sequential(
    inputs({ zoneout: sequential(dense({ units: 2 })), tied: sequential(dense({ units: 2 })) }),
    recurrent(quiet, { units: 4 }),
    heads({ rate: sequential(dense({ units: 1 })), layerNorm: sequential(dense({ units: 1 })) }),
  );
  const model = await createModel(named, { seed: 3, input: { zoneout: 1, tied: 1 } });
  expect(JSON.parse(readSafetensors(model.toBytes()).metadata.get("cellstate")!).format).toBe(1);
  const core = internalsOf(model).core();
  expect(core.plan.deep ?? core.plan.noise).toBeUndefined();
  expect(await trainingCore(core)).toBe(core);
  model.close();
});

test("files that ask for impossible noise are refused", async () => {
  const model = await createModel(architectures.zoneout![1], { seed: 3 });
  const whole = readSafetensors(model.toBytes());
  // biome-ignore lint/suspicious/noExplicitAny: anything may stand in a file
  const changed = (change: (layers: any[]) => void): Uint8Array => {
    const card = JSON.parse(whole.metadata.get("cellstate")!);
    change(card.architecture.layers);
    const metadata = new Map(whole.metadata);
    metadata.delete("sha256");
    return writeSafetensors(withDigest({ ...whole, metadata: metadata.set("cellstate", JSON.stringify(card)) }));
  };
  const files: Record<string, Uint8Array> = {
    "a rate of 1": changed(([, layer]) => Object.assign(layer, { zoneout: 1 })),
    "a rate that is text": changed(([, layer]) => Object.assign(layer, { zoneout: "0.1" })),
    "rates as a list": changed(([, layer]) => Object.assign(layer, { zoneout: [0.1] })),
    "an unknown state": changed(([, layer]) => Object.assign(layer, { zoneout: { c: 0.1 } })),
    "no rate": changed(([, layer]) => Object.assign(layer, { recurrentDropout: null })),
    "entries dropped twice over": changed(([layer]) => Object.assign(layer, { dropout: 2 })),
    "noise where no product reads a state": changed(([, layer]) => {
      Object.assign(layer, { cell: { name: "A", text: "h = tanh(W_h @ x + b_h) + 0.5 * h[t-1]" }, weightDrop: 0.1 });
    }),
    "equations that grow beyond the limits": changed(([, layer]) => {
      const lines = Array.from({ length: 198 }, (_, k) => `a${k} = 0.5 * a${k}[t-1]`).join("\n");
      Object.assign(layer.cell, { text: `${lines}\nh = tanh(W_h @ x)` });
    }),
  };
  const messages: string[] = [];
  for (const [name, bytes] of Object.entries(files)) {
    const error = await modelFrom(bytes, { file: "m" }).then(
      () => undefined,
      (e: Error) => e,
    );
    messages.push(`${name}: ${error?.name}: ${error?.message.split("\n")[0]}`);
  }
  expect(messages.join("\n")).toMatchInlineSnapshot(`
    "a rate of 1: FileError: m: cellstate.architecture is wrong (recurrent: zoneout is 1; expected a number from 0 up to, not with, 1.); expected layers as this version knows them.
    a rate that is text: FileError: m: cellstate.architecture is wrong (recurrent: zoneout is "0.1"; expected a number from 0 up to, not with, 1.); expected layers as this version knows them.
    rates as a list: FileError: m: cellstate.architecture is wrong (recurrent: zoneout is [0.1]; expected a number from 0 up to, not with, 1.); expected layers as this version knows them.
    an unknown state: FileError: m: cellstate.architecture is wrong (recurrent: zoneout is "c"; expected states of GRU: h.); expected layers as this version knows them.
    no rate: FileError: m: cellstate.architecture is wrong (recurrent: recurrentDropout is null; expected a number from 0 up to, not with, 1.); expected layers as this version knows them.
    entries dropped twice over: FileError: m: cellstate.architecture is wrong (embedding: dropout is 2; expected a number from 0 up to, not with, 1.); expected layers as this version knows them.
    noise where no product reads a state: FileError: m: cellstate.architecture is wrong (recurrent: weightDrop is 0.1; expected 0: no matrix of A multiplies a state's value before the step.); expected layers as this version knows them.
    equations that grow beyond the limits: FileError: m: cellstate.architecture is wrong (GRU: the text has more than 200 lines; write one cell only); expected equations and sizes that fit."
  `);
  model.close();
});
