/** The recipe, said openly: what all share, which learning rates were tried, and every run by itself. */
import { DataTable } from "../../parts/figure.tsx";
import { short, whole } from "../../parts/numbers.tsx";
import { results, task } from "./contrast.ts";
import { ownRuns } from "./own.ts";

export function Recipe() {
  const { recipe } = results;
  const chosen = () =>
    task()
      .contestants.map(({ name, learningRate }) => `${name} ${short(learningRate)}`)
      .join(", ");
  const starts = () =>
    task()
      .contestants.map(({ name, parameters, start }) => {
        const values = Object.entries(start).map(([parameter, value]) => `${parameter} ${value}`);
        return `${name}: ${whole(parameters)} parameters, ${values.join(", ")}`;
      })
      .join("; ");
  const tried = () => [
    ["network", "rate", "solved", `mean ${task().score}`, "shown"],
    ...task().contestants.flatMap((one) =>
      one.tried.map(({ learningRate, solved, score }) => [
        one.name,
        learningRate,
        `${solved} of ${recipe.seeds.length}`,
        score,
        learningRate === one.learningRate ? "✓" : "",
      ]),
    ),
  ];
  const until = (isSolved: boolean, sequences: number) => (isSolved ? sequences : `not in ${whole(sequences)}`);
  const runs = () => [
    ["network", "seed", "rate", task().score, "target met after"],
    ...task().contestants.flatMap(({ name, learningRate, runs }) =>
      runs.map(({ seed, score, stopped, sequences }) => {
        return [name, String(seed), learningRate, score, until(stopped === "solved", sequences)];
      }),
    ),
    ...ownRuns(task().title).flatMap(({ contestant, seed, learningRate, result }) => {
      if (result === undefined) return [];
      const { score, stopped, sequences } = result;
      return [[`${contestant} here`, String(seed), learningRate, score, until(stopped === "solved", sequences)]];
    }),
  ];
  return (
    <div class="contrast-pair">
      <section class="card stack" aria-label="Every run">
        <h2>Every run</h2>
        <p class="muted">
          The score is that of the best weights, on {whole(recipe.judged.score)} sequences that took no part in choosing
          them.
        </p>
        <DataTable cells={runs()} caption="Every run" />
      </section>
      <section class="card stack" aria-label="The recipe">
        <h2>The recipe</h2>
        <p class="muted">
          For all: {task().units} units, {task().batch} sequences an update, {recipe.optimizer}, gradients clipped to
          length {recipe.clipNorm}, at most {whole(task().budget)} sequences; {recipe.engine}. Start values: {starts()}.
        </p>
        <p>
          Every learning rate was tried from every seed; shown is the best of each contestant (most seeds that meet the
          target, then fewest sequences): {chosen()}.
        </p>
        <DataTable cells={tried()} caption="Learning rates tried" />
      </section>
    </div>
  );
}
