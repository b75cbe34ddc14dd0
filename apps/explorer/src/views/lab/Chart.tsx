/** All trainings of the chosen task in one picture: how well they answer, or their loss, over what they have seen. */
import { createMemo, createSignal, Show } from "solid-js";
import { Figure } from "../../parts/figure.tsx";
import { LineChart } from "../../parts/LineChart.tsx";
import { short, whole } from "../../parts/numbers.tsx";
import { lab, task } from "./lab.ts";
import { type LabRun, runs } from "./runs.ts";

const COLOURS = [1, 2, 3, 5, 6, 4];
const DASHES = ["none", "8 4", "2 3", "10 3 2 3"];

/** Colour and dash of a run, by its number. */
export const lookOf = (id: number): { colour: string; dash: string } => ({
  colour: `var(--stage-${COLOURS[(id - 1) % COLOURS.length]})`,
  dash: DASHES[Math.floor((id - 1) / COLOURS.length) % DASHES.length]!,
});

export const titleOf = ({ id, training }: LabRun): string => `${id} ${training.cell.name}`;

export function Chart() {
  let svg: SVGSVGElement | undefined;
  const [isLoss, setLoss] = createSignal(false);
  const shown = createMemo(() => runs().filter((run) => run.training.task === lab.fields.task));
  const points = (run: LabRun) => (isLoss() ? run.losses : run.scores);
  const most = () => Math.max(1, ...shown().map((run) => run.training.budget || 1));
  const chance = () => shown().find((run) => run.chance !== undefined)?.chance;
  const scoreName = () => (task()?.score ?? "score").replace(/^./, (first) => first.toUpperCase());
  const isAccuracy = () => task()?.score === "accuracy";
  const says = (): string => {
    const ends = shown().flatMap((run) => {
      const end = points(run).at(-1);
      return end ? [`${titleOf(run)} ${short(end[1])} after ${whole(end[0])}`] : [];
    });
    const what = isLoss() ? "Training loss" : `The ${task()?.score}`;
    return ends.length === 0 ? "No training has got far enough yet." : `${what}: ${ends.join("; ")} ${task()?.counts}.`;
  };
  const table = () => [
    ["cell", task()?.counts ?? "seen", isLoss() ? "loss" : (task()?.score ?? "score")],
    ...shown().flatMap((run) => points(run).map(([seen, value]) => [titleOf(run), seen, value])),
  ];
  const others = () => runs().length - shown().length;
  return (
    <Show when={runs().length > 0} fallback={<Outlook />}>
      <Figure
        title={task()?.title ?? "Training"}
        says={says()}
        picture={{ name: `lab-${lab.fields.task}`, svg: () => svg, csv: table }}
        table={table}
        controls={
          <>
            <button type="button" class="quiet small" aria-pressed={!isLoss()} onClick={() => setLoss(false)}>
              {scoreName()}
            </button>
            <button type="button" class="quiet small" aria-pressed={isLoss()} onClick={() => setLoss(true)}>
              Training loss
            </button>
          </>
        }
      >
        <Show when={shown().some((run) => points(run).length > 0)}>
          <LineChart
            x={task()?.counts ?? ""}
            y={isLoss() ? "loss" : (task()?.score ?? "")}
            height={300}
            xRange={[0, most()]}
            {...(isAccuracy() && !isLoss() ? { yRange: [0, 1] as const } : {})}
            log={task()?.score === "squared error"}
            series={shown().map((run) => ({ name: titleOf(run), ...lookOf(run.id), points: points(run) }))}
            levels={
              !isLoss() && chance() !== undefined
                ? [
                    {
                      y: chance()!,
                      name: `${lab.fields.task === "text" ? "counting pairs" : "without memory"} ${short(chance()!)}`,
                    },
                  ]
                : []
            }
            says={says()}
            svg={(element) => {
              svg = element;
            }}
          />
        </Show>
        <Show when={others() > 0}>
          <p class="muted small-text">
            {others()} {others() === 1 ? "training" : "trainings"} of other tasks: choose the task to see them.
          </p>
        </Show>
      </Figure>
    </Show>
  );
}

function Outlook() {
  return (
    <section class="card" aria-label="What happens then">
      <h2>Side by side</h2>
      <p class="muted">
        Each training has a worker of its own. Train this cell, then change an equation or choose another cell and train
        that too: all of them stay in one chart, with what whoever has no memory reaches as a level line.
      </p>
    </section>
  );
}
