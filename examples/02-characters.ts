/**
 * A character model: an LSTM reads the beginning of tiny Shakespeare and goes on in its manner; how good it is, in nats
 * a character, beside counting single characters and pairs.
 *
 * Prints, within three seconds:
 *
 *     single characters 3.275, pairs 2.404, LSTM 2.238 nats a character
 *     First Citizen:
 *     I and poure thand an the te the dedichith thiurell the mofin tass pory yars to cird mases mat seingart lith fouls anger
 */
import { readFileSync } from "node:fs";
import { generateText, trainLanguage } from "cellstate";

const file = new URL("../packages/cli/data/tiny-shakespeare.txt", import.meta.url);
const text = readFileSync(file, "utf8").slice(0, 60_000);

const { model, history, baseline } = await trainLanguage(text, { units: 64, steps: 120, window: 32, seed: 1 });
const [before, after] = [baseline.bigram, history.best!.validationLoss].map((nats) => nats.toFixed(3));
console.log(`single characters ${baseline.unigram.toFixed(3)}, pairs ${before}, LSTM ${after} nats a character`);
const prompt = "First Citizen:\n";
console.log(prompt + [...generateText(model, { prompt, length: 120, temperature: 0.7, seed: 3 })].join(""));
model.close();
