/** `cellstate schedule CELL`: what the computer does with a cell's equations, as a page. */
import { printSchedule, schedule as scheduleOf } from "cellstate";
import { cellCalled, SIZE, sizesFor } from "./cells.ts";
import { command } from "./command.ts";
import { Failure } from "./failure.ts";

export const schedule = command({
  name: "schedule",
  operands: "CELL",
  summary: "show how a cell is computed: passes, kept values, FLOPs, bytes",
  examples: [
    ["cellstate schedule lstm", "with 128 units and inputs"],
    ["cellstate schedule gru --units 256 --input 64", "with other sizes"],
    ["cellstate schedule lstmp --units 670 --size projection=320", "a cell with an axis of its own"],
    ["cellstate schedule my-cell.txt", "equations from a file"],
  ],
  flags: {
    units: { type: "whole", value: "N", min: 1, max: 1_000_000, aliases: ["hidden"], help: "hidden units (128)" },
    input: {
      type: "whole",
      value: "N",
      min: 1,
      max: 1_000_000,
      aliases: ["inputs", "input-size"],
      help: "values of an input step (as many as units)",
    },
    size: SIZE,
    forward: { type: "switch", help: "without the backward pass" },
    training: { type: "switch", help: "as it is trained: bernoulli drawn, not its mean" },
  },
  most: 1,
  async run({ terminal, json }, values, [given]) {
    if (given === undefined)
      throw new Failure("usage", "schedule needs a cell: a name or a file with equations", "cellstate schedule lstm");
    const one = cellCalled(given);
    const { units = 128, input = units } = values;
    const hasSizes = values.units !== undefined || values.input !== undefined || values.size !== undefined;
    const sizes = hasSizes || one.facts.axes.length === 0 ? { input, units, ...sizesFor(one, values.size) } : undefined;
    const made = scheduleOf(one, { backward: !values.forward, training: values.training ?? false });
    if (json)
      terminal.result(`${JSON.stringify({ cell: { name: one.name, text: one.text }, sizes, schedule: made })}\n`);
    else terminal.result(printSchedule(made, sizes));
  },
});
