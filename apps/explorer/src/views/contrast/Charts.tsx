/** Three measures: the score by gap, the gradient by distance, and the learning curves. */
import { createMemo, For } from "solid-js";
import { percent, short, whole } from "../../parts/numbers.tsx";
import { Chart } from "./Chart.tsx";
import { results, task } from "./contrast.ts";
import { ownRuns } from "./own.ts";

const isError = () => task().score === "squared error";
/** Errors shrink by powers of ten; an accuracy is seen whole. */
const scale = () => (isError() ? { log: true } : { yRange: [0, 1] as const });
const chance = () => ({
  y: task().chance,
  name: `${isError() ? "always the mean" : "guessing"} ${short(task().chance)}`,
});
const { judged } = results.recipe;
const BAND = "Line: mean over the seeds; band: from the least to the most.";

export function Gaps() {
  /** The longest trained one. */
  const place = () => task().gaps.findLastIndex((gap) => gap <= task().trained[1]);
  return (
    <Chart
      title={`${isError() ? "Squared error" : "Accuracy"} by gap`}
      name="gaps"
      about={`The gap goes from what has to be kept to the answer; ${judged.gap} sequences each. ${BAND}`}
      read={{ where: `At a gap of ${task().gaps[place()]} steps`, place: place() }}
      x="gap, steps"
      y={task().score}
      {...scale()}
      span={{ from: task().trained[0], to: task().trained[1], name: "trained gaps" }}
      levels={[chance()]}
      xs={() => task().gaps}
      of={(run) => run.byGap}
      own={({ result }) => result?.byGap.gap.map((gap, k) => [gap, result.byGap.score[k]!] as const) ?? []}
      line="mean"
    />
  );
}

const WHEN = { start: "before training", trained: "after training" } as const;

export function Gradients() {
  const place = () => task().distances.findLastIndex((distance) => distance <= task().trained[0]);
  /** The same for both, so that they can be compared. */
  const yRange = createMemo(() => {
    const own = ownRuns(task().title).flatMap(({ result }) => result?.gradient ?? []);
    const all = [...task().contestants.flatMap(({ runs }) => runs.map(({ gradient }) => gradient)), ...own];
    const positive = all.flatMap(({ start, trained }) => [...start, ...trained]).filter((norm) => norm > 0);
    return [Math.min(...positive), Math.max(...positive)] as const;
  });
  return (
    <div class="contrast-pair">
      <For each={["start", "trained"] as const}>
        {(when) => (
          <Chart
            title={`Gradient by distance, ${WHEN[when]}`}
            name={`gradient-${when}`}
            about={
              `‖∂ℓ/∂x‖: how much a sequence's loss ℓ at its answer changes with the input x so many steps before; mean of ` +
              `${judged.gradient} sequences. Line: the middle seed.`
            }
            read={{ where: `${task().distances[place()]} steps back`, place: place() }}
            x="distance, steps before the answer"
            y="‖∂ℓ/∂x‖"
            log
            yRange={yRange()}
            span={{ from: task().trained[0], to: task().trained[1], name: "the event lies here" }}
            xs={() => task().distances}
            of={(run) => run.gradient[when]}
            own={({ result }) => result?.gradient[when].map((norm, distance) => [distance, norm] as const) ?? []}
            line="middle"
          />
        )}
      </For>
    </div>
  );
}

export function Curves() {
  const met = (): string =>
    task()
      .contestants.map(({ name, runs }) => {
        const solved = runs.filter(({ stopped }) => stopped === "solved").map(({ seed }) => seed);
        return `${name} ${solved.length === 0 ? "from none" : `from ${solved.length === 1 ? "seed" : "seeds"} ${solved.join(", ")}`}`;
      })
      .join("; ");
  const target = () => (isError() ? short(task().target) : percent(task().target));
  return (
    <Chart
      title="Learning curves"
      name="learning"
      about={
        `Judged on ${whole(judged.curve)} sequences as training goes. Thin: every seed, as far as it was trained; thick: their mean, ` +
        "as long as all are."
      }
      shows={
        `A dot is where the target (${target()}${task().times > 1 ? `, ${task().times} times in a row` : ""}) is met: ` +
        `${met()}.`
      }
      x="sequences seen"
      y={task().score}
      {...scale()}
      xRange={[0, task().budget]}
      levels={[chance(), { y: task().target, name: `target ${short(task().target)}` }]}
      xs={(run) => run.curve.map((_, k) => (k + 1) * task().every)}
      of={(run) => run.curve}
      own={({ scores }) => scores}
      line="mean"
      hasSeeds
    />
  );
}
