/**
 * What examples in doc comments take for granted: code for each name that they use and neither declare nor import. A
 * name may need others; these are looked up in turn. `of` has what a name means in the examples of one export.
 */
export const given: Readonly<Record<string, string>> = {
  text: 'const text = "long live the king, the king is dead. The old king is gone; ".repeat(60);',
  vocabulary: "const vocabulary = vocabularyOf(text);",
  V: "const V = vocabulary.characters.length;",
  ids: "const ids = encode(text, vocabulary);",
  id: "const id = ids[0]!;",
  rest: "const rest = ids.subarray(0, 300);",
  training: "const training = ids.subarray(300);",
  baseline: "const baseline = textBaseline(training, validation, V);",
  validation: "const validation = ids.subarray(0, 300);",
  architecture:
    "const architecture = sequential(embedding({ vocabulary: V, size: 8 }), recurrent(lstm, { units: 24 }), dense({ units: V }));",
  // weights three times as large make gates and states that a trained model would have
  model: `const model = (await createModel(architecture, { seed: 1 })).withFacts({ vocabulary });
    model.setParameters(Object.fromEntries(model.parameters().map(({ name, values }) => [name, Float32Array.from(values, (v) => 3 * v)])));`,
  data: "const data = windows(ids, { length: 16, batch: 8, carryState: true });",
  loss: "const loss = crossEntropy();",
  optimizer: "const optimizer = adam({ learningRate: 1e-2 });",
  options: "const options = { loss, optimizer, steps: 2, seed: 1 };",
  history: "const history = await train(model, data, options);",
  x: "const x = sequences([[...ids.subarray(0, 48)]]);",
  targets: "const targets = sequences([[...ids.subarray(1, 49)]]);",
  trace: "const trace = await model.trace(x);",
  stream: "const stream = model.stream();",
  leaky: 'const leaky = cell("Leaky", "h = 0.9 * h[t-1] + tanh(W_h @ x + b_h)");',
  element: 'const element = { innerHTML: "" };',
  store: "const store = { put: async (name: string, bytes: Uint8Array) => { new Map().set(name, bytes); } };",
};

const values =
  "const x = sequences(Array.from({ length: 32 }, (_, b) => Array.from({ length: 5 }, (_, t) => [Math.sin(b + t)])));";
/** A model of a series, with so many outputs for each value. */
const ofValues = (outputs: number) => ({
  architecture: `const architecture = sequential(recurrent(lstm, { units: 8 }), dense({ units: ${outputs} }));`,
  model: "const model = await createModel(architecture, { seed: 1, input: 1 });",
  data: "const data = windows(Float32Array.from({ length: 200 }, (_, t) => Math.sin(t / 9)), { length: 16, batch: 8 });",
  x: values,
  targets: "const targets = x;",
  myCell: "const myCell = lstm;",
});

/** A model that says one of three labels, or none, at each of 9 steps. */
const ofLabels = {
  model: `const model = await createModel(
      sequential(recurrent(lstm, { units: 8, direction: "both" }), dense({ units: 4 })), { seed: 1, input: 2 });`,
  frames: `const frames = sequences(Array.from({ length: 3 }, (_, b) => Array.from({ length: 9 }, (_, t) => [Math.sin(b * t), t])));`,
};

/** As a dataset, for the option of `train`. */
const validation = { validation: "const validation = windows(rest, { length: 16, batch: 1, carryState: true });" };

export const of: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  meanSquaredError: ofValues(1),
  meanAbsoluteError: ofValues(1),
  huber: ofValues(1),
  r2: ofValues(1),
  mae: ofValues(1),
  mse: ofValues(1),
  rmse: ofValues(1),
  adjustedR2: { ...ofValues(1), loss: "const loss = meanSquaredError();" },
  measure: ofValues(1),
  binaryCrossEntropy: {
    ...ofValues(1),
    data: "const data = windows(Float32Array.from({ length: 200 }, (_, t) => (t >> 2) & 1), { length: 16, batch: 8 });",
  },
  gaussian: ofValues(2),
  quantile: ofValues(3),
  studentT: ofValues(3),
  ctc: ofLabels,
  ctcBestPath: ofLabels,
  ctcBeamSearch: ofLabels,
  labelErrorRate: { outputs: "const outputs = { values: new Float32Array(2 * 5 * 6), shape: [2, 5, 6] };" },
  batches: { x: values, labels: "const labels = { values: new Float32Array(32 * 5), shape: [32, 5, 1] };" },
  corpusBuilder: {
    stream: 'async function* stream_() { yield "long live "; yield "the king"; }\nconst stream = stream_();',
  },
  gradientByDistance: { B: "const B = 1;", T: "const T = 48;" },
  checkGradients: { text: 'const text = "h = sigmoid(W_h @ x + R_h @ h[t-1] + b_h)";' },
  mostLikely: { values: "const values = Float32Array.from({ length: 65 }, (_, k) => Math.sin(k));" },
  evaluateText: {
    model: "const { model } = await trainLanguage(text, { units: 24, steps: 100, window: 16, batch: 8, seed: 1 });",
  },
  besideCounting: { baseline: "const baseline = { kneserNey: { order: 7, loss: 1.516 } };" },
  nonMonotone: validation,
  ntAsgd: validation,
  neuralCache: { logProbabilities: "let logProbabilities: ArrayLike<number> = [];" },
  similarSteps: { x: "const x = sequences([Array.from({ length: 48 }, () => id)]);" },
  largestDrop: { stepsOfTheWord: "const stepsOfTheWord = [{ row: 0, from: 3, to: 9 }];" },
  heldOutScore: {
    a: 'const a = trace.get("f");',
    b: 'const b = trace.get("f");',
    dies: "const dies = [{ row: 0, from: 3, to: 9 }];",
    diesToo: "const diesToo = [{ row: 0, from: 13, to: 19 }];",
  },
  Task: {
    task: "const task = adding({ length: 20 });",
    architecture:
      'const architecture = sequential(recurrent(lstm, { units: 8, output: "last" }), dense({ units: 1 }));',
    model: "const model = await createModel(architecture, { seed: 1, input: 2 });",
    loss: "const loss = meanSquaredError();",
  },
};
