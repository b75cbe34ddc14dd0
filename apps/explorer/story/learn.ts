/** Trains one network on the king story, from its first weights to its best validated ones. */
import { batches, type Cell, createModel, crossEntropy, type Model, train } from "cellstate";
import { demonstration, firstCast } from "./demonstration.ts";
import { betweens, heldOutStories } from "./grammar.ts";
import { judge, scoreOf } from "./judge.ts";
import { ANSWER_WEIGHT, architectureOf, course, lastAnswers, optimizerOf, type Start, UPDATE } from "./lessons.ts";
import { baselines, type Run, scoresOf } from "./results.ts";
import { words as vocabulary } from "./sentences.ts";

export interface Training {
  readonly cell: Cell;
  readonly start: Start;
  readonly learningRate: number;
  readonly seed: number;
  /** How many words it learns from. */
  readonly words: number;
  /** At every point of the curve. */
  readonly onPoint?: (point: Run["curve"][number]) => void;
}

const POINTS = 20; // of the curve
const VALIDATION = 200; // stories with little in between, and as many with more

/** @returns the model, with what its file should say of it, and what to record of the run */
export async function learn(training: Training): Promise<{ model: Model; run: Run }> {
  const { cell, start, learningRate, seed, words, onPoint } = training;
  const validating = [betweens.near, betweens.far].flatMap((between) =>
    heldOutStories(VALIDATION, { seed: 0, purpose: "validation", between }),
  );
  const { x, targets, weights } = lastAnswers(validating);
  const model = await createModel(architectureOf(cell, start), { seed, threads: 1 });
  const data = course(words);
  const curve: Run["curve"][number][] = [];
  const settings = { clipNorm: 1, epochs: 1, seed, validateEvery: Math.ceil(data.steps / POINTS) };
  const history = await train(model, data, {
    ...settings,
    loss: crossEntropy(),
    optimizer: optimizerOf(learningRate),
    validation: batches(x, targets, { batch: 50, shuffle: false, weights }),
    async onCheckpoint({ records }) {
      const { step, validationLoss } = records.at(-1)!;
      const { right, stories } = scoreOf(await judge(model, validating));
      const point = { words: step * UPDATE, loss: Number(validationLoss!.toFixed(4)), named: right / stories };
      curve.push(point);
      onPoint?.(point);
    },
  });
  const kept = curve.findIndex((point) => point.words === history.best!.step * UPDATE);
  const facts = {
    task: "king story",
    level: "word",
    vocabulary: { words: vocabulary },
    data: { name: "stories of a little kingdom, told by a grammar", words },
    training: { settings: { ...settings, learningRate, words, wordsPerUpdate: UPDATE, answerWeight: ANSWER_WEIGHT } },
    validation: {
      measure: "share of held-out stories in which it names the ruler",
      value: curve[kept]!.named,
      baseline: { name: "chance, given the title", value: Number(baselines().chance.toFixed(3)) },
    },
    example: demonstration(firstCast).words.join(" "),
  };
  const scores = await scoresOf(model);
  return {
    model: model.withFacts(facts),
    run: { cell: cell.name, start, learningRate, seed, curve, kept, scores },
  };
}
