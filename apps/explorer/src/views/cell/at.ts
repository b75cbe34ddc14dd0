/** What the view shows: every value of the cell at the cursor's step, from the trace and from what flows between its values. */
import { type Accessor, createMemo } from "solid-js";
import { type Range, rangeOf } from "../../parts/colours.ts";
import { ask } from "../../session/ask.ts";
import { tracedAt } from "../../session/cursor.ts";
import { asked, place } from "../../session/question.ts";
import { here, session } from "../../session/session.ts";
import type { Flow, Flowing } from "../../work/cell.ts";
import type { Traced } from "../../work/look.ts";

export interface Vector {
  /** The part of a longer array that is this step's. */
  readonly values: Float32Array;
  readonly range: Range;
}

export function useValues() {
  const flow = ask("flow", () => ({ of: asked(), at: place() }));
  /** An answer about another text or layer has other numbers. */
  const fitting: Accessor<Flow | undefined> = createMemo(() => {
    const found = flow.answer();
    const same = (a: object, b: object): boolean => JSON.stringify(a) === JSON.stringify(b);
    return found && same(found.of, asked()) && same(found.at, place()) ? found : undefined;
  });
  const ranges = createMemo(() => {
    const layer = here.layer()!;
    const found = layer.cell.values.map(({ name }) => [name, rangeOf(tracedAt(session.look!, layer, name)!.values)]);
    return new Map<string, Range>(found as [string, Range][]);
  });
  const atStep = ({ values, size }: Flowing): Float32Array =>
    values.subarray(session.cursor.step * size, (session.cursor.step + 1) * size);

  /** A named value at the cursor's step. */
  function now(name: string): Vector | undefined {
    const traced = tracedAt(session.look!, here.layer()!, name);
    return traced && { values: atStep(traced), range: ranges().get(name)! };
  }
  /** What flows from a node that has no equation of its own. */
  function node(id: string): Float32Array | undefined {
    const found = fitting()?.nodes[id];
    return found && atStep(found);
  }
  const spread = (name: string) => fitting()?.spreads[name]?.[session.cursor.step];
  /** How far a unit of a value goes from 0 along the text. */
  const reaches = createMemo(() => {
    const { unit } = session.cursor;
    const look = session.look!;
    const layer = here.layer()!;
    const reach = ({ values, size }: Traced): number => {
      let most = 1e-9;
      for (let at = Math.min(unit, size - 1); at < values.length; at += size)
        most = Math.max(most, Math.abs(values[at]!));
      return most;
    };
    return new Map(layer.cell.values.map(({ name }) => [name, reach(tracedAt(look, layer, name)!)]));
  });
  return {
    flow: fitting,
    now,
    node,
    spread,
    range: (name: string): Range | undefined => ranges().get(name),
    reach: (name: string): number => reaches().get(name)!,
  };
}

export type Values = ReturnType<typeof useValues>;
