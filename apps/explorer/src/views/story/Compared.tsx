/** The LSTM and the plain RNN as they were measured: learning, distance, gradients. */
import type { JSX } from "solid-js";
import type { Measured } from "../../../story/page.ts";
import { Figure } from "../../parts/figure.tsx";
import { LineChart } from "../../parts/LineChart.tsx";
import { measured } from "./tale.ts";

const NETWORKS = [
  { name: "LSTM", colour: "var(--ink)", dash: "none", of: measured.lstm },
  { name: "plain RNN", colour: "var(--stage-5)", dash: "6 3", of: measured.rnn },
] as const;

interface Curves {
  readonly title: string;
  readonly says: string;
  readonly x: string;
  readonly y: string;
  readonly xs: readonly number[];
  readonly of: (network: Measured) => readonly number[];
  readonly height: number;
  readonly isLog?: true;
}

function curves({ title, says, x, y, xs, of, height, isLog }: Curves): JSX.Element {
  let svg: SVGSVGElement | undefined;
  const series = NETWORKS.map((one) => ({ ...one, points: xs.map((at, k) => [at, of(one.of)[k]] as const) }));
  const cells = () => [
    [x, ...NETWORKS.map(({ name }) => name)],
    ...xs.map((at, k) => [at, ...NETWORKS.map((one) => of(one.of)[k]!)]),
  ];
  return (
    <Figure title={title} says={says} picture={{ name: title, svg: () => svg, csv: cells }} table={cells}>
      <LineChart
        {...{ series, x, y, says, height }}
        svg={(element) => (svg = element)}
        {...(isLog ? { log: true } : { yRange: [0, 1] as const })}
      />
    </Figure>
  );
}

export const Learning = (): JSX.Element =>
  curves({
    title: "While they learned",
    says: "Rulers named in stories kept for validation, by words read.",
    x: "million words",
    y: "rulers named",
    xs: measured.learned.map((words) => words / 1e6),
    of: ({ named }) => named,
    height: 170,
  });

/** What stands in the story's place while the two are compared. */
export const Apart = (): JSX.Element => (
  <div class="stack">
    {curves({
      title: "Rulers named, by distance",
      says: `Words from the ruler’s last mention to the answer, in ranges that begin there; all ${3 * measured.stories} stories.`,
      x: "words back, from",
      y: "rulers named",
      xs: measured.distances,
      of: ({ byDistance }) => byDistance,
      height: 240,
    })}
    {curves({
      title: "The gradient of the right name’s score, by distance",
      says: "Its length with respect to a word’s place in the embedding: the median over stories, on a logarithmic axis.",
      x: "words back, from",
      y: "‖∂ score / ∂ word‖",
      xs: measured.slopeDistances,
      of: ({ slopes }) => slopes,
      height: 240,
      isLog: true,
    })}
  </div>
);
