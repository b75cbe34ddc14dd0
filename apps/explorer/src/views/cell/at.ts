/** What the view shows: every value of the cell at a step, from the trace and from what flows between its values. */
import { type Accessor, createMemo } from "solid-js";
import { type Range, rangeOf } from "../../parts/colours.ts";
import { ask } from "../../session/ask.ts";
import { tracedAt } from "../../session/cursor.ts";
import { asked, place } from "../../session/question.ts";
import { here, session } from "../../session/session.ts";
import type { Flow, Flowing } from "../../worker/cell.ts";
import type { Traced } from "../../worker/look.ts";

export interface Vector {
  /** The part of a longer array that is this step's. */
  readonly values: Float32Array;
  readonly range: Range;
}

/** Of the cursor's layer, at all steps. */
export function useFlow() {
  const flow = ask("flow", () => ({ of: asked(), at: place() }));
  /** An answer about another text or layer has other numbers. */
  const fitting: Accessor<Flow | undefined> = createMemo(() => {
    const found = flow.answer();
    const same = (a: object, b: object): boolean => JSON.stringify(a) === JSON.stringify(b);
    return found && same(found.of, asked()) && same(found.at, place()) ? found : undefined;
  });
  const traced = createMemo(() => {
    const layer = here.layer()!;
    return new Map(layer.cell.values.map(({ name }) => [name, tracedAt(session.look!, layer, name)!]));
  });
  const ranges = createMemo(() => mapped(traced(), ({ values }) => rangeOf(values)));
  const unit = createMemo(() => session.cursor.unit);
  /** How far the cursor's unit goes from 0 along the text. */
  const reaches = createMemo(() => mapped(traced(), (own) => reachOf(own, unit())));
  return { flow: fitting, traced, ranges, reaches };
}

export type AllSteps = ReturnType<typeof useFlow>;

/** The same at one step. */
export function valuesAt({ flow, traced, ranges }: AllSteps, step: Accessor<number>) {
  const ofStep = ({ values, size }: Flowing): Float32Array => {
    // whoever follows when there is time may be at a step that a new text has no longer
    const own = Math.min(step(), values.length / size - 1);
    return values.subarray(own * size, (own + 1) * size);
  };
  return {
    step,
    /** A named value. */
    now: (name: string): Vector => ({ values: ofStep(traced().get(name)!), range: ranges().get(name)! }),
    /** What flows from a node that has no equation of its own. */
    node(id: string): Float32Array | undefined {
      const found = flow()?.nodes[id];
      return found && ofStep(found);
    },
    spread: (name: string) => flow()?.spreads[name]?.[step()],
  };
}

export type Values = ReturnType<typeof valuesAt>;

const mapped = <A, B>(from: ReadonlyMap<string, A>, by: (one: A) => B): ReadonlyMap<string, B> =>
  new Map([...from].map(([name, one]) => [name, by(one)]));

function reachOf({ values, size }: Traced, unit: number): number {
  let most = 1e-9;
  for (let k = Math.min(unit, size - 1); k < values.length; k += size) most = Math.max(most, Math.abs(values[k]!));
  return most;
}
