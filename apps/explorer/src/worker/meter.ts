/** What a training tells the page: often enough to be live, never so often that the page has no time left. */
import type { Progress } from "cellstate";

/** Where a training is, at most ten times a second. */
export interface Tick {
  /** Updates made, and how many there will be. */
  readonly step: number;
  readonly steps: number;
  /** Steps through time (characters, symbols) a second, over the last seconds. */
  readonly perSecond: number;
  /** At the speed so far. */
  readonly secondsLeft: number;
  /** Mean training losses since the last tick, `[update, loss]`; at most 300 in a training. */
  readonly points: readonly (readonly [number, number])[];
}

const EVERY = 100; // milliseconds
const POINTS = 300;
/** Ticks that the speed is taken over: about three seconds. */
const LOOK_BACK = 30;

export interface Meter {
  take(event: Progress): void;
  /** Tells of the updates since the last tick, where a training ends before its time. */
  end(): void;
}

/**
 * Makes ticks of single updates.
 *
 * @param stepsOf - how many steps through time an update took; if every step has its answer, as many as count in the loss
 */
export function createMeter(
  report: (tick: Tick) => void,
  stepsOf: (event: Progress) => number = ({ rows }) => rows,
): Meter {
  const begin = performance.now();
  const recent = [{ time: begin, taken: 0 }];
  let taken = 0;
  let points: [number, number][] = [];
  let [sum, count] = [0, 0];
  let untold: Progress | undefined;
  function close(step: number): void {
    if (count > 0) points.push([step, sum / count]);
    [sum, count] = [0, 0];
  }
  function tell({ step, steps }: Progress): void {
    const time = performance.now();
    const first = recent.length > LOOK_BACK ? recent.shift()! : recent[0]!;
    recent.push({ time, taken });
    report({
      step,
      steps,
      perSecond: (1000 * (taken - first.taken)) / (time - first.time),
      secondsLeft: (((time - begin) / 1000) * (steps - step)) / step,
      points,
    });
    points = [];
    untold = undefined;
  }
  return {
    take(event) {
      const { step, steps, loss, record } = event;
      taken += stepsOf(event);
      sum += loss;
      count++;
      untold = event;
      const isLast = step === steps;
      if (count >= steps / POINTS || isLast) close(step);
      const isSoon = performance.now() - recent.at(-1)!.time < EVERY;
      if (!isSoon || isLast || record !== undefined) tell(event);
    },
    end() {
      if (untold === undefined) return;
      close(untold.step);
      tell(untold);
    },
  };
}
