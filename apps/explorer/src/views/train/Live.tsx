/** A training as it goes: where it is, the losses, what the model writes, and in the end its file. */
import { besideCounting, nGrams } from "cellstate";
import { createEffect, createMemo, createSignal, Show } from "solid-js";
import { Figure } from "../../parts/figure.tsx";
import { LineChart } from "../../parts/LineChart.tsx";
import { Num, short, whole } from "../../parts/numbers.tsx";
import { duration } from "../../parts/time.ts";
import { Ending, StateOf } from "../../parts/training.tsx";
import type { Judged } from "../../worker/training.ts";
import type { Run } from "./training.ts";

export function Live(props: { run: Run }) {
  let svg: SVGSVGElement | undefined;
  /** Which sample is shown; the latest, unless somebody has gone back. */
  const [chosen, setChosen] = createSignal<number>();
  const shown = () => props.run.judged[chosen() ?? props.run.judged.length - 1];
  const pick = (update: number): void => {
    const at = props.run.judged.findLastIndex((one) => one.step <= update);
    setChosen(at < 0 ? 0 : at);
  };
  const result = () => props.run.result;
  const best = createMemo(() => props.run.judged.findLast((one) => one.isBest));
  const levels = () => {
    const baseline = props.run.survey?.baseline;
    if (baseline === undefined) return [];
    const { bigram, kneserNey } = baseline;
    return [
      { y: bigram, name: `pairs of characters ${short(bigram)}` },
      { y: kneserNey.loss, name: `${nGrams(kneserNey.order)} ${short(kneserNey.loss)}` },
    ];
  };
  const table = () => [
    ["updates", "validation", "best"],
    ...props.run.judged.map((one) => [one.step, one.loss, one.isBest ? "yes" : ""]),
  ];
  return (
    <div class="stack">
      <section class="card stack" aria-label="The training">
        <div class="row train-state">
          <h2>{props.run.name}</h2>
          <StateOf state={props.run.state} />
        </div>
        <Show when={props.run.tick}>
          {(tick) => (
            <>
              <progress max={tick().steps} value={tick().step} aria-label="Updates made" />
              <dl class="figures">
                <div>
                  <dt>updates</dt>
                  <dd>
                    {whole(tick().step)} <span class="muted">of {whole(tick().steps)}</span>
                  </dd>
                </div>
                <div>
                  <dt>characters a second</dt>
                  <dd>{whole(Math.round(tick().perSecond))}</dd>
                </div>
                <div>
                  <dt>time left</dt>
                  <dd>{props.run.state === "training" ? duration(tick().secondsLeft) : "–"}</dd>
                </div>
                <div>
                  <dt>best validation</dt>
                  <dd>
                    <Show when={best()} fallback="–">
                      {(one) => <Num value={one().loss} />}
                    </Show>
                  </dd>
                </div>
              </dl>
            </>
          )}
        </Show>
        <p class="muted small-text">{scheduleOf(props.run)}</p>
        <p role="status" class="small-text">
          {newsOf(props.run)}
        </p>
        <Ending problem={props.run.problem ?? result()?.advice} bytes={result()?.bytes} name={props.run.name}>
          <Show when={result()?.bytes}>
            <span class="muted small-text">
              The weights after update {whole(result()!.step)}; “cellstate generate” reads the file.
            </span>
          </Show>
        </Ending>
      </section>
      <Show when={props.run.points.length > 0}>
        <Figure
          title="Loss"
          says={lossSentence(props.run)}
          picture={{ name: `${props.run.name}-loss`, svg: () => svg, csv: table }}
          table={table}
        >
          <LineChart
            x="updates"
            xRange={[0, props.run.tick?.steps ?? 1]}
            {...(shown() ? { at: shown()!.step } : {})}
            onPick={pick}
            y="nats a character"
            height={280}
            series={[
              { name: "training", colour: "var(--stage-3)", points: props.run.points },
              {
                name: "validation",
                colour: "var(--stage-1)",
                dash: "7 3",
                points: props.run.judged.map((one) => [one.step, one.loss] as const),
              },
            ]}
            levels={levels()}
            says={lossSentence(props.run)}
            svg={(element) => {
              svg = element;
            }}
          />
        </Figure>
      </Show>
      <Show when={props.run.judged.length > 0}>
        <Samples judged={props.run.judged} chosen={chosen()} onChoose={setChosen} />
      </Show>
    </div>
  );
}

/** How the time became updates, said honestly. */
function scheduleOf({ survey, pace, threads, seconds }: Run): string {
  if (survey === undefined || pace === undefined)
    return "A few updates are made and thrown away, to see how long one takes.";
  const { settings, split } = survey;
  const passes = (settings.steps * settings.batch * settings.window) / split.training;
  return (
    `${pace.updates} updates were timed: ${short(pace.secondsPerUpdate * 1000)} ms each, on ${threads} ${threads === 1 ? "thread" : "threads"}. ` +
    `So ${duration(seconds)} are ${whole(settings.steps)} updates of ${settings.batch} × ${settings.window} characters, ` +
    `${short(passes)} passes over the text; the learning rate rises to ${short(settings.learningRate)} and falls in a cosine to their end. ` +
    `If the machine has more to do meanwhile, they take longer.`
  );
}

function newsOf({ judged, state, survey }: Run): string {
  const last = judged.at(-1);
  if (last === undefined || survey === undefined)
    return state === "training" ? "The first judgement is still to come." : "";
  const part = Math.round((1 - last.loss / survey.baseline.bigram) * 100);
  const beside = part > 0 ? `${part} % below counting pairs` : "not yet below counting pairs";
  return `After ${whole(last.step)} updates: ${last.loss.toFixed(3)} nats a character on text it has not learned, ${beside} and ${besideCounting(last.loss, survey.baseline.kneserNey)}.`;
}

function lossSentence({ judged, points, survey }: Run): string {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return "";
  const validation = judged.at(-1);
  const judgement = validation ? ` Validation is at ${short(validation.loss)},` : " There is no validation yet;";
  return `The training loss went from ${short(first[1])} to ${short(last[1])}.${judgement} counting gives ${countingOf(survey)}.`;
}

/** `2.45 with pairs, 1.52 with 6-grams`. */
function countingOf(survey: Run["survey"]): string {
  if (survey === undefined) return "nothing yet";
  const { bigram, kneserNey } = survey.baseline;
  return `${short(bigram)} with pairs, ${short(kneserNey.loss)} with ${nGrams(kneserNey.order)}`;
}

interface SamplesProps {
  readonly judged: readonly Judged[];
  readonly chosen: number | undefined;
  onChoose(at: number | undefined): void;
}

/** What the model wrote after each judgement, to go back and forth in. */
function Samples(props: SamplesProps) {
  let range!: HTMLInputElement;
  const last = () => props.judged.length - 1;
  const at = () => props.chosen ?? last();
  const one = () => props.judged[at()]!;
  // the end before the place: a place beyond the end is cut
  createEffect(() => {
    range.max = String(last());
    range.valueAsNumber = at();
  });
  return (
    <section class="card stack sample" aria-label="What it writes">
      <h2>What it writes</h2>
      <label class="small-text">
        <span>
          after {whole(one().step)} updates, validation <Num value={one().loss} />
          {one().isBest ? ", the best until then" : ""}
        </span>
        <input
          ref={range}
          type="range"
          min="0"
          aria-valuetext={`after ${whole(one().step)} updates`}
          onInput={() => props.onChoose(range.valueAsNumber === last() ? undefined : range.valueAsNumber)}
        />
      </label>
      <blockquote>{one().sample}</blockquote>
    </section>
  );
}
