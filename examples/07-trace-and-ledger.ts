/**
 * What is in memory, and since when: an LSTM learns to hold the last name that it heard. Its forget gates at names and
 * elsewhere, who wrote what it holds, how long its units remember, and what becomes of it if it cannot forget.
 *
 * Prints, within two seconds:
 *
 *     forget gate of unit 10: 0.21 at names, 0.82 elsewhere
 *     c = f * before + i * g; of what is held at the end, in percent:
 *     rain 3, rain 3, bread 3, market 4, rain 6, market 7, david 41, bread 25
 *     time scales: 1.8 to 4.5 steps
 *     loss 0.002; if nothing is ever forgotten 2.94
 */
import {
  adam,
  batches,
  createModel,
  crossEntropy,
  dense,
  embedding,
  evaluate,
  generator,
  lstm,
  recurrent,
  sequences,
  sequential,
  train,
} from "cellstate";
import { heldOutScore, memoryLedger, timeScales } from "cellstate/analysis";

const words = ["anna", "boris", "clara", "david", "rain", "bread", "river", "market"];
const isName = (id: number): boolean => id < 4;
const random = generator(1, "names");
const line = (): number[] =>
  Array.from({ length: 16 }, (_, t) => (t === 0 || random.uniform() < 0.15 ? 0 : 4) + random.integer(4));
const latest = (row: number[]): number[] =>
  row.map(
    (_, t) =>
      row
        .slice(0, t + 1)
        .filter(isName)
        .at(-1)!,
  );

const model = await createModel(
  sequential(embedding({ vocabulary: 8, size: 8 }), recurrent(lstm, { units: 16 }), dense({ units: 4 })),
  { seed: 1 },
);
const rows = Array.from({ length: 200 }, line);
const loss = crossEntropy();
const data = batches(sequences(rows), sequences(rows.map(latest)), { batch: 20 });
await train(model, data, { loss, optimizer: adam({ learningRate: 2e-2 }), epochs: 15, seed: 1 });

// Which unit's forget gate closes at names? Found on some lines, judged on others.
const [found, judged] = [Array.from({ length: 20 }, line), Array.from({ length: 20 }, line)] as const;
const trace = await model.trace(sequences(judged));
const mask = (lines: number[][]): number[] => lines.flat().map((id) => Number(isName(id)));
const { unit, heldOut } = heldOutScore(
  { values: (await model.trace(sequences(found))).get("f"), mask: mask(found) },
  { values: trace.get("f"), mask: mask(judged) },
  { by: "off" },
);
console.log(
  `forget gate of unit ${unit}: ${heldOut.inside.toFixed(2)} at names, ${heldOut.outside.toFixed(2)} elsewhere`,
);

// The cell state is a sum over the steps that wrote it. How much of the end is due to each word?
const said = judged[3]!;
const ledger = await memoryLedger(model, trace, { row: 3 });
const { sources, shares } = ledger.at(15);
const written = said.map((id, t) => `${words[id]} ${(100 * shares[sources.indexOf(t)]!).toFixed(0)}`);
console.log(`${ledger.state} = ${ledger.a} * before + ${ledger.b}; of what is held at the end, in percent:`);
console.log(written.slice(8).join(", "));

const { scales } = await timeScales(model, trace);
console.log(`time scales: ${Math.min(...scales).toFixed(1)} to ${Math.max(...scales).toFixed(1)} steps`);

const test = batches(sequences(judged), sequences(judged.map(latest)), { batch: 20 });
const frozen = model.with({ f: 1 });
const losses = [await evaluate(model, test, { loss }), await evaluate(frozen, test, { loss })];
console.log(`loss ${losses[0]!.loss.toFixed(3)}; if nothing is ever forgotten ${losses[1]!.loss.toFixed(2)}`);
model.close();
