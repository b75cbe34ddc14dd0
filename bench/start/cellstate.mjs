// W5: from an empty process to a first prediction: one sequence of 10 steps, I = H = 128.
import { createModel, lstm, recurrent, sequential } from "cellstate";

const model = await createModel(sequential(recurrent(lstm, { units: 128 })), { seed: 1, input: 128 });
const { values } = await model.predict({ values: new Float32Array(10 * 128).fill(0.5), shape: [1, 10, 128] });
console.log(values.at(-1));
