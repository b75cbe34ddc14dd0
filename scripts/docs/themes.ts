/** The reference's chapters: which theme a file's names belong to, in reading order. */

export interface Theme {
  readonly title: string;
  readonly about: string;
  /** Below packages/cellstate/src/; the first theme that fits has the name. */
  readonly files: RegExp;
}

export const themes: readonly Theme[] = [
  {
    title: "Writing a cell",
    about: "A cell is its equations as text; the language is described in [language.md](../language.md).",
    files: /^cell\/(cell|errors|check|syntax)\.ts/,
  },
  { title: "Architecture", about: "Layers as plain data, before there are any weights.", files: /^layers\// },
  {
    title: "Sequences and text",
    about: "What goes into a model and what it learns from: sequences, streams, batches, vocabularies.",
    files: /^(data\/(?!tasks)|model\/(sequences|feed)\.ts)/,
  },
  { title: "Losses", about: "What a training makes small.", files: /^(train\/loss|train\/ctc|model\/loss\.ts)/ },
  { title: "Metrics", about: "How good a prediction is, in numbers to report.", files: /^train\/metric/ },
  {
    title: "Optimizers and rates",
    about: "How a gradient becomes an update, and how large it is at which step.",
    files: /^train\/(optimizer|rate|range|schedule|sgd|adam|rmsProp|ntAsgd|momentum|plateau|average)/i,
  },
  { title: "Training", about: "The loop, its checkpoints, and evaluation.", files: /^train\// },
  {
    title: "Engines",
    about: "What this machine offers, and how fast it is; [threads.md](../threads.md) says more.",
    files: /^(model\/(engineReport|core|threads)\.ts|engine\/)/,
  },
  {
    title: "Models",
    about: "An architecture with weights: it predicts, streams, traces, and goes into a file.",
    files: /^model\/(?!atomic)/,
  },
  { title: "Files on disk", about: "Written whole or not at all.", files: /^(node|model\/atomic)\.ts/ },
  {
    title: "Whole jobs",
    about: "From a text to a trained model, and to text again, in one call.",
    files: /^jobs\/(?!check)/,
  },
  { title: "In a worker", about: "The same calls, answered from another thread.", files: /^worker/ },
  {
    title: "Long-lag tasks",
    about: "Sequences in which a step far back decides the answer.",
    files: /^(tasks\.ts|data\/tasks)/,
  },
  {
    title: "What is remembered",
    about: "Who wrote what is in memory, and for how long it stays.",
    files: /^analysis\/(ledger|timeScales|order|cluster)/,
  },
  {
    title: "Where numbers come from",
    about: "Single values, term by term.",
    files: /^analysis\/(arithmetic|terms|diagram)/,
  },
  {
    title: "Gradients through time",
    about: "How far back, and onto what, the answer hangs.",
    files: /^analysis\/(gradient|inputGradients)/,
  },
  { title: "Are the numbers right?", about: "The same again in float64.", files: /^(analysis\/check|jobs\/check)/ },
  { title: "Units that mean something", about: "Found, and tested on other data.", files: /^analysis\// },
  { title: "What a cell becomes", about: "Printed, drawn and counted.", files: /^cell\// },
  { title: "The zoo", about: "Cells as their equations. `zoo` has all of them by name.", files: /^cells\// },
  { title: "Errors", about: "Each says what was given, what was expected, and how to mend it.", files: /^errors\.ts/ },
];
