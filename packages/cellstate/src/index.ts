/** Cellstate: recurrent networks whose cells are their equations. */
export { type Cell, cell } from "./cell/cell.ts";
export { CellError } from "./cell/errors.ts";
export type { Schedule } from "./cell/operations.ts";
export {
  cellDiagram,
  type Diagram,
  type DiagramNode,
  type DiagramStage,
  type DiagramWire,
  type Point,
} from "./cell/print/diagram.ts";
export { type PerPass, type ScheduleFigures, scheduleFigures } from "./cell/print/figures.ts";
export { cellMarkup } from "./cell/print/markup.ts";
export { printSchedule } from "./cell/print/schedule.ts";
export { printCell } from "./cell/print/text.ts";
export { schedule } from "./cell/schedule.ts";
export * from "./cells/index.ts";
export { generator } from "./data/random.ts";
export {
  type CharacterVocabulary,
  decode,
  encode,
  type Level,
  tokensOf,
  type Vocabulary,
  vocabularyOf,
  wordsOf,
} from "./data/text.ts";
export { type Batch, batches, type Dataset, splitStream, windows } from "./data/windows.ts";
export type { WordVocabulary } from "./data/words.ts";
export { AbortedError, ArgumentError, CellstateError, FileError, ShapeError, TrainingError } from "./errors.ts";
export {
  type BaselineOptions,
  besideCounting,
  type CountingBaseline,
  nGrams,
  type TextBaseline,
  textBaseline,
} from "./jobs/baseline.ts";
export {
  type Corpus,
  type CorpusBuilder,
  type CorpusOptions,
  corpusBuilder,
  corpusOf,
  type VocabularyOptions,
} from "./jobs/corpus.ts";
export { type EvaluateTextOptions, evaluateText, perplexityOf, type TextEvaluation } from "./jobs/evaluateText.ts";
export {
  type CacheEvaluation,
  type CacheEvaluationOptions,
  evaluateWithCache,
} from "./jobs/evaluateWithCache.ts";
export { type GenerateOptions, generateText, unknownTokens, vocabularyFrom } from "./jobs/generate.ts";
export {
  type KneserNey,
  type KneserNeyOptions,
  type KneserNeyReader,
  kneserNey,
} from "./jobs/kneserNey/kneserNey.ts";
export {
  type JudgedText,
  type LanguageEvents,
  type LanguageResult,
  type LanguageStart,
  type LanguageTraining,
  trainLanguage,
} from "./jobs/language.ts";
export {
  type LanguageOptions,
  type LanguageSettings,
  languageSettings,
  type TextSplit,
} from "./jobs/languageSettings.ts";
export { type CachedStream, type CacheOptions, neuralCache } from "./jobs/neuralCache.ts";
export type { Pace } from "./jobs/pace.ts";
export { activityRegularization, layerNorm, residual } from "./layers/deep.ts";
export {
  type Architecture,
  dense,
  dropout,
  embedding,
  heads,
  inputs,
  type Layer,
  recurrent,
  sequential,
} from "./layers/layers.ts";
export { noisyCell } from "./layers/noise.ts";
export { type BytesOptions, type LoadOptions, modelFrom } from "./model/bytes.ts";
export {
  describeEngine,
  type EngineReport,
  type FeatureReport,
  type KernelReport,
  type MeasuredReport,
} from "./model/engineReport.ts";
export type { Gradients } from "./model/gradients.ts";
export type { Loss, RowLoss, SequenceLoss } from "./model/loss.ts";
export { createModel, type Model, type ModelOptions } from "./model/model.ts";
export type { ParameterValues } from "./model/parameters.ts";
export type { Prediction } from "./model/predict.ts";
export { quantize } from "./model/quantize.ts";
export { type Sequences, sequences } from "./model/sequences.ts";
export type { States } from "./model/states.ts";
export type { Stream } from "./model/stream.ts";
export type { Steps, Streams } from "./model/streams.ts";
export type { Trace } from "./model/traced.ts";
export { type Average, ema, nonMonotone, ntAsgd, polyak } from "./train/average.ts";
export { type Checkpoint, checkpointFromBytes, checkpointToBytes, type TrainingRecord } from "./train/checkpoint.ts";
export { type CtcOptions, ctc, labelsOf } from "./train/ctc/ctc.ts";
export {
  type BeamOptions,
  ctcBeamSearch,
  ctcBestPath,
  type DecodeOptions,
  type FoundLabels,
  labelErrorRate,
} from "./train/ctc/decode.ts";
export type { WeightDecay } from "./train/decay.ts";
export { evaluate } from "./train/evaluate.ts";
export {
  binaryCrossEntropy,
  crossEntropy,
  gaussian,
  huber,
  meanAbsoluteError,
  meanSquaredError,
  quantile,
  studentT,
} from "./train/losses.ts";
export { adam, adamW, type Optimizer, rmsProp, sgd } from "./train/optimizers.ts";
export { plateau } from "./train/plateau.ts";
export { type LearningRateRange, type LearningRateRangeOptions, learningRateRange } from "./train/range.ts";
export { constant, cosine, linear, oneCycle, type Rate, stepDecay } from "./train/rates.ts";
export { type History, type Progress, type TrainOptions, train } from "./train/train.ts";
