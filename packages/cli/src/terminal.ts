/**
 * Where the command writes: the result on stdout, all else on stderr. On a terminal one live line is redrawn under
 * the kept ones; without one there are kept lines only, and a heartbeat.
 */
import type { WriteStream } from "node:tty";
import { EXIT } from "./failure.ts";

export interface Terminal {
  /** stderr is a terminal that can redraw a line. */
  readonly isLive: boolean;
  /** stdout is a terminal. */
  readonly isResultShown: boolean;
  /** Characters across. */
  readonly width: number;
  /** true once whoever read stdout has gone: `| head`. */
  readonly isResultClosed: boolean;
  /** The result. */
  result(text: string): void;
  /** A line that stays; nothing in quiet mode. */
  say(line?: string): void;
  /** A line that stays, in quiet mode too: warnings, errors. */
  warn(line: string): void;
  /** Only with --verbose. */
  detail(line: string): void;
  /** The live line; redrawn at most ten times a second unless `now`. */
  live(line: string, now?: boolean): void;
  /** Takes the live line away. */
  endLive(): void;
  readonly style: Style;
}

export interface TerminalOptions {
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly color?: boolean;
  /** What `say` says goes to stdout: the demo's story is its result. */
  readonly storyOnStdout?: boolean;
}

type Paint = (text: string) => string;
export interface Style {
  readonly bold: Paint;
  readonly dim: Paint;
  readonly green: Paint;
  readonly red: Paint;
  readonly yellow: Paint;
}

const REDRAW = 100; // milliseconds between two drawings of the live line

/** Takes the error away that a closed pipe makes; set once, before anything is written. */
const closed = { stdout: false, stderr: false };
for (const name of ["stdout", "stderr"] as const) {
  process[name].on("error", (error: NodeJS.ErrnoException) => {
    closed[name] = true;
    // a reader that has gone, a terminal that was closed: the work goes on
    if (error.code === "EPIPE" || error.code === "EIO") return;
    process.stderr.write(
      `error[resources]: ${name} cannot be written: ${error.code}\n  free some space, or write elsewhere\n`,
    );
    process.exit(EXIT.resources);
  });
}

export function openTerminal(options: TerminalOptions = {}): Terminal {
  const { quiet = false, verbose = false, storyOnStdout = false } = options;
  const { env, stdout, stderr } = process;
  const isDumb = env["TERM"] === "dumb";
  const isCi = env["CI"] !== undefined && env["CI"] !== "" && env["CI"] !== "false";
  const isLive = Boolean(stderr.isTTY) && !isDumb && !isCi && !quiet;
  const story: WriteStream = storyOnStdout ? stdout : stderr;
  const hasColor = options.color !== false && !env["NO_COLOR"] && !isDumb && Boolean(story.isTTY);
  let shown = "";
  let last = 0;

  const put = (stream: "stdout" | "stderr", text: string): void => {
    if (!closed[stream]) process[stream].write(text);
  };
  const erase = (): void => {
    if (shown !== "") put("stderr", "\r\u001b[K");
  };
  const draw = (): void => {
    if (shown !== "") put("stderr", cut(shown, (stderr.columns || 80) - 1));
  };
  const above = (stream: "stdout" | "stderr", text: string): void => {
    erase();
    put(stream, text);
    draw();
  };
  const paint =
    (from: number, to: number): Paint =>
    (text) =>
      hasColor ? `\u001b[${from}m${text}\u001b[${to}m` : text;

  return {
    isLive,
    isResultShown: Boolean(stdout.isTTY),
    get width() {
      return story.isTTY ? Math.max(40, story.columns || 80) : 100;
    },
    get isResultClosed() {
      return closed.stdout;
    },
    result: (text) => above("stdout", text),
    say(line = "") {
      if (!quiet) above(storyOnStdout ? "stdout" : "stderr", `${line}\n`);
    },
    warn: (line) => above("stderr", `${line}\n`),
    detail(line) {
      if (verbose) above("stderr", `${line}\n`);
    },
    live(line, now = false) {
      if (!isLive) return;
      const time = performance.now();
      if (!now && time - last < REDRAW) return;
      last = time;
      erase();
      shown = line;
      draw();
    },
    endLive() {
      erase();
      shown = "";
    },
    style: { bold: paint(1, 22), dim: paint(2, 22), green: paint(32, 39), red: paint(31, 39), yellow: paint(33, 39) },
  };
}

/** At most so many characters; everything written live is one column wide. */
function cut(text: string, width: number): string {
  const characters = [...text];
  return characters.length <= width ? text : characters.slice(0, Math.max(0, width)).join("");
}
