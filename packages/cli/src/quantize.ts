/** `cellstate quantize MODEL`: the same model with 8-bit matrices, in a file a quarter as large. */
import { existsSync, statSync } from "node:fs";
import { quantize as quantizeModel } from "cellstate";
import { assertWritable, saveModel } from "cellstate/node";
import { command } from "./command.ts";
import { Failure, failureFrom } from "./failure.ts";
import { bytes } from "./format.ts";
import { modelPath, openModel } from "./models.ts";

export const quantize = command({
  name: "quantize",
  operands: "MODEL",
  summary: "make a model smaller and faster: 8-bit matrices",
  examples: [
    ["cellstate quantize runs/kings", "writes runs/kings/model.int8.safetensors"],
    ["cellstate quantize model.safetensors --output small.safetensors", "another name"],
    ["cellstate generate runs/kings/model.int8.safetensors", "what it writes"],
  ],
  flags: {
    output: { type: "text", short: "o", value: "FILE", aliases: ["out"], help: "where to (MODEL.int8.safetensors)" },
    force: { type: "switch", help: "replace a file that is there" },
  },
  most: 1,
  notes: [
    "Weights become whole steps from -63 to 63 with a scale for each row. The model generates, predicts and can be",
    "inspected; it cannot be trained further, so keep the one that it is made from.",
  ],
  async run({ terminal, json, program }, values, [given]) {
    const path = modelPath(given, "quantize");
    const output = values.output ?? `${path.replace(/\.safetensors$/, "")}.int8.safetensors`;
    if (existsSync(output) && !values.force) {
      const mend = "--force replaces it, --output FILE writes elsewhere";
      throw new Failure("usage", `${output} is there already`, mend);
    }
    try {
      await assertWritable(output);
    } catch (error) {
      throw failureFrom(error, "resources");
    }
    const model = await openModel(path);
    if (model.weights === "i8") {
      throw new Failure("usage", `${path} is quantized already`, "give the model that it was made from");
    }
    const small = await quantizeModel(model);
    await saveModel(small, output);
    for (const one of [model, small]) one.close();
    const [before, after] = [statSync(path).size, statSync(output).size];
    if (json) terminal.result(`${JSON.stringify({ model: path, output, bytes: { before, after } })}\n`);
    else {
      terminal.result(`${output}\n`);
      terminal.say(`  ${bytes(after)} instead of ${bytes(before)}, 8-bit matrices`);
      terminal.say(`  ${program} generate ${output}`);
    }
  },
});
