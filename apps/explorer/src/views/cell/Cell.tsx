/** "What happens at this one step?": the cell as a picture with its numbers, stage by stage, down to a single sum. */
import type { DiagramNode } from "cellstate";
import { createEffect, createMemo, For } from "solid-js";
import { CellDiagram } from "../../parts/CellDiagram.tsx";
import { type Stage, stagesOf } from "../../parts/colours.ts";
import type { DiagramNumbers } from "../../parts/diagram/nodes.tsx";
import type { Cells } from "../../parts/export.tsx";
import { Figure } from "../../parts/figure.tsx";
import { short, visible } from "../../parts/numbers.tsx";
import { ask } from "../../session/ask.ts";
import { isPlaying } from "../../session/player.ts";
import { asked, place } from "../../session/question.ts";
import { atRest, whenIdle } from "../../session/rest.ts";
import { here, moveCursor, session } from "../../session/session.ts";
import { Arithmetic } from "./Arithmetic.tsx";
import { useFlow, valuesAt } from "./at.ts";
import { equationsOf } from "./equation.ts";
import { useMotion } from "./motion.ts";
import { StageCard } from "./StageCard.tsx";
import type { Bar } from "./Vector.tsx";
import { useWalk } from "./walk.ts";
import "./cell.css";

/** A diagram that is wider stands alone, its arithmetic below it. */
const WIDE = 640;

export function Cell() {
  const walk = useWalk();
  const all = useFlow();
  const step = createMemo(() => session.cursor.step);
  const at = valuesAt(all, step);
  /** The cards follow when there is time; the diagram at once. */
  const atCards = valuesAt(all, whenIdle(step));
  const cell = () => here.layer()!.cell;
  const token = () => visible(session.look!.tokens[session.cursor.step]!);
  const stages = createMemo(() => {
    const byName = stagesOf(cell());
    return cell().diagram.stages.map((_, k) => {
      const values = cell().values.filter(({ stage }) => stage === k);
      return { values, stage: byName.get(values[0]!.name)! };
    });
  });
  const equations = createMemo(() => equationsOf(cell()));
  const stage = (): Stage => stages()[walk.stage()]!.stage;

  const question = atRest(() => {
    const { value, unit, step } = session.cursor;
    return { of: asked(), at: place(), name: value, unit, step };
  });
  const arithmetic = ask("arithmetic", question);
  const isOld = () => {
    const { name, unit, step } = arithmetic.answer() ?? {};
    const { cursor } = session;
    return name !== cursor.value || unit !== cursor.unit || step !== cursor.step;
  };

  const nameOf = (node: DiagramNode): string | undefined =>
    node.kind === "state out" || node.kind === "output" ? node.label : node.names[0]?.name;
  const numbers = createMemo((): DiagramNumbers => {
    const { unit } = session.cursor;
    const within = (values: Float32Array | undefined): number | undefined =>
      values?.length === 1 ? values[0] : values?.[unit];
    return {
      at(node) {
        if (node.kind === "input") return undefined;
        const name = nameOf(node);
        return within(name === undefined || node.kind === "state in" ? at.node(node.id) : at.now(name).values);
      },
      range: (node) => all.ranges().get(nameOf(node) ?? ""),
      most: (node) => all.reaches().get(cell().values.find((value) => value.stage === node.stage)!.name)!,
      input: token(),
      fixed: (node) => (node.names.length > 0 ? session.fixed[node.names[0]!.name] : undefined),
    };
  });

  const title = () => {
    const { layer, direction } = here.layer()!;
    return `${cell().name}, ${layer}${direction === "backward" ? " backward" : ""}`;
  };
  const says = () => {
    const { unit, step } = session.cursor;
    const values = cell().values.flatMap(({ name }) => {
      const value = at.now(name).values[unit];
      return value === undefined ? [] : [`${name} ${short(value)}`];
    });
    return `Step ${step + 1}, “${token()}”, unit ${unit}: ${values.join(", ")}.`;
  };
  const csv = (): Cells => {
    const columns = cell().values.map(({ name }) => at.now(name).values);
    const units = Math.max(...columns.map(({ length }) => length));
    return [
      ["unit", ...cell().values.map(({ name }) => name)],
      ...Array.from({ length: units }, (_, unit) => [unit, ...columns.map((own) => own[unit] ?? "")]),
    ];
  };
  let svg: SVGSVGElement | undefined;
  const bars = new Map<string, readonly Bar[]>();
  useMotion({
    walk,
    at: atCards,
    svg: () => svg,
    bars: (name) => bars.get(name) ?? [],
    number: (node) => numbers().at(node),
  });

  /** Spoken when somebody steps or pauses, not while it plays. */
  let speaker!: HTMLParagraphElement;
  const rested = atRest(() => [session.cursor.step, session.cursor.value, session.cursor.unit, isPlaying()] as const);
  createEffect(() => {
    const [, value, unit, plays] = rested();
    if (plays) return;
    const number = at.now(value).values[unit];
    const text = `step ${session.cursor.step + 1}, ${token()}, stage ${walk.stage() + 1}, ${value}`;
    speaker.textContent = number === undefined ? text : `${text}: unit ${unit} is ${short(number)}`;
  });

  return (
    <div class="stack cell-view">
      <p ref={speaker} class="unseen" role="status" />
      <div class="cell-top" classList={{ wide: cell().diagram.width > WIDE }}>
        <Figure
          title={title()}
          says={says()}
          picture={{ name: `${cell().name}-step-${session.cursor.step + 1}`, svg: () => svg, csv }}
          table={() => csv().slice(0, 33)}
          controls={
            <span class="row" role="group" aria-label="Stage by stage">
              <button type="button" class="quiet small" onClick={walk.back} aria-label="A stage back">
                ←
              </button>
              <button type="button" class="quiet small" onClick={walk.whole} disabled={!walk.isOn()}>
                {walk.isOn() ? `stage ${walk.stage() + 1} of ${stages().length}: show all` : "whole step"}
              </button>
              <button type="button" class="quiet small" onClick={walk.forth} aria-label="A stage on">
                →
              </button>
            </span>
          }
        >
          <CellDiagram
            cell={cell()}
            active={walk.stage()}
            reached={walk.reached()}
            numbers={numbers()}
            onPick={(k) => (walk.isOn() ? walk.goTo(k) : moveCursor({ value: stages()[k]!.values[0]!.name }))}
            svg={(element) => (svg = element)}
          />
        </Figure>
        <Arithmetic
          found={arithmetic.answer()}
          problem={arithmetic.problem()}
          stage={stage()}
          equation={equations()[walk.stage()]!}
          isOld={isOld()}
        />
      </div>
      <div class="stage-cards">
        <For each={stages()}>
          {(own, k) => (
            <StageCard
              cell={cell()}
              stage={own.stage}
              values={own.values}
              equation={equations()[k()]!}
              at={atCards}
              walk={walk}
              onBars={(name, all) => bars.set(name, all)}
            />
          )}
        </For>
      </div>
    </div>
  );
}
