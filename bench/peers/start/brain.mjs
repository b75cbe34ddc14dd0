// W5 of brain.js: one sequence of 10 symbols through a net of its own, H = 128; it takes no vectors of 128 values.
import brain from "brain.js/dist/browser.js";

const sizes = { inputSize: 128, inputRange: 128, outputSize: 128, hiddenLayers: [128], dataFormatter: null };
const net = new brain.recurrent.LSTM(sizes);
net.initialize();
net.trainInput(Array.from({ length: 10 }, (_, n) => n));
console.log(net.model.equations.length);
