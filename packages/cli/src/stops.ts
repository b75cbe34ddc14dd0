/**
 * Ctrl-C and SIGTERM. While a training runs, the first asks it to save and end, the second ends at once; everywhere
 * else the first ends.
 */
import { SIGNAL_EXIT } from "./failure.ts";
import type { Terminal } from "./terminal.ts";

export type StopSignal = keyof typeof SIGNAL_EXIT;

export interface Stops {
  /** From here on the first signal aborts `signal` and lets the work save; `ending` ends that. */
  saveOnStop(): { readonly signal: AbortSignal; end(): void };
  /** Which signal came. */
  readonly came: StopSignal | undefined;
}

/** npm hands Ctrl-C on to a process that the terminal has sent it to already: twice within this is once. */
const ECHO = 300; // milliseconds

export function listenForStops(terminal: () => Terminal): Stops {
  let came: StopSignal | undefined;
  let time = 0;
  let controller: AbortController | undefined;
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, () => {
      const now = performance.now();
      if (controller !== undefined && came !== undefined && now - time < ECHO) return;
      if (controller === undefined || came !== undefined) {
        terminal().endLive();
        process.exit(SIGNAL_EXIT[name]);
      }
      came = name;
      time = now;
      terminal().endLive();
      terminal().warn(
        `${name === "SIGINT" ? "^C " : ""}stopping after this step, then saving … (again: at once, without saving)`,
      );
      controller.abort();
    });
  }
  return {
    saveOnStop() {
      controller = new AbortController();
      const end = (): void => {
        controller = undefined;
      };
      return { signal: controller.signal, end };
    },
    get came() {
      return came;
    },
  };
}
