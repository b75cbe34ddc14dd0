/**
 * A forecast that says how sure it is: three quantiles of the next value instead of one number, where the noise is larger
 * at some hours than at others. How often the truth lies inside the band, and how wide the band is by hour.
 *
 * Prints, within three seconds:
 *
 *     the median is off by 0.133 on average
 *     75 % lie between the outer quantiles; 80 % should
 *     width of the band, elsewhere: 0.20
 *     width of the band, evening: 0.87
 */
import {
  adam,
  createModel,
  dense,
  evaluate,
  generator,
  lstm,
  quantile,
  recurrent,
  sequences,
  sequential,
  splitStream,
  train,
  windows,
} from "cellstate";
import { mae } from "cellstate/metrics";

// Ninety days of demand: calm nights, evenings that nobody can foresee well.
const random = generator(1, "demand");
const spread = (hour: number): number => (hour % 24 >= 16 && hour % 24 < 22 ? 0.4 : 0.05);
const demand = Float32Array.from({ length: 24 * 90 }, (_, hour) => {
  return 1 - Math.cos((hour / 24) * 2 * Math.PI) + spread(hour) * random.normal();
});
const [past, recent] = splitStream(demand, 0.8);

const model = await createModel(sequential(recurrent(lstm, { units: 24 }), dense({ units: 3 })), { seed: 1, input: 1 });
const loss = quantile({ quantiles: [0.1, 0.5, 0.9] });
await train(model, windows(past, { length: 72, batch: 4 }), {
  loss,
  optimizer: adam({ learningRate: 1e-2 }),
  clipNorm: 1,
  epochs: 40,
  seed: 1,
});

const judged = windows(recent, { length: 72, batch: 1, carryState: true });
const { metrics } = await evaluate(model, judged, { loss, metrics: { median: mae({ output: 1 }) } });
console.log(`the median is off by ${metrics.median.toFixed(3)} on average`);

// Outputs lie side by side, [B, T, 3]: what is said at one step is about the next.
const { values } = await model.predict(sequences([Array.from(recent, (value) => [value])]));
const widths = new Map<string, number[]>();
let inside = 0;
for (let t = 24; t < recent.length - 1; t++) {
  const [low, high] = [values[3 * t]!, values[3 * t + 2]!];
  if (recent[t + 1]! > low && recent[t + 1]! < high) inside++;
  const hour = (past.length + t + 1) % 24;
  const part = spread(hour) > 0.1 ? "evening" : "elsewhere";
  widths.set(part, [...(widths.get(part) ?? []), high - low]);
}
console.log(`${((100 * inside) / (recent.length - 25)).toFixed(0)} % lie between the outer quantiles; 80 % should`);
for (const [part, list] of widths) {
  const mean = list.reduce((sum, width) => sum + width, 0) / list.length;
  console.log(`width of the band, ${part}: ${mean.toFixed(2)}`);
}
model.close();
