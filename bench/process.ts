/** Starts a doer in a process of its own and talks to it: a request a line, an answer a line. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { Time } from "./doer.ts";
import type { Task } from "./tasks.ts";

export type Request =
  | { readonly open: { readonly task: Task; readonly folder: string; readonly threads: number } }
  | { readonly run: number }
  | { readonly end: true };

export type Answer =
  | { readonly check: readonly number[]; readonly seconds: number }
  | { readonly time: Time }
  /** Bytes, the runtime's own with it. */
  | { readonly peak: number }
  | { readonly cannot: string }
  | { readonly failed: string };

export interface Opened {
  readonly check: readonly number[];
  /** What opening, the check and all that was compiled for them took. */
  readonly seconds: number;
}

export interface Remote {
  /** What went wrong, or what it cannot do, is a sentence. */
  open(task: Task, folder: string, threads: number, patience: number): Promise<Opened | string>;
  run(times: number, patience: number): Promise<Time | string>;
  /** Ends the process; the most memory that it had. */
  end(): Promise<number | undefined>;
}

export interface Command {
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

/** A doer that runs in Node. */
export const nodeCommand = (module: string, name: string): Command => ({
  command: [process.execPath, "--import", path("../scripts/typescript.mjs"), path("child.ts"), module, name],
});

export const ours: Command = nodeCommand("./ours.ts", "cellstate");

const LINES = 3; // of an error that are shown

export function start({ command, env }: Command): Remote {
  const [program, ...args] = command as [string, ...string[]];
  const child = spawn(program, args, {
    env: { ...process.env, ...env },
    stdio: ["pipe", "ignore", "pipe", "pipe"],
  });
  let complaints = "";
  child.stderr!.on("data", (text) => {
    complaints = (complaints + String(text)).slice(-4000);
  });
  const answers = createInterface({ input: child.stdio[3] as Readable })[Symbol.asyncIterator]();
  const ended = new Promise<Answer>((resolve) => {
    const tell = (how: string): void => resolve({ failed: `${how}\n${complaints}`.trim() });
    child.on("error", (error) => tell(error.message));
    child.on("exit", (code, signal) => tell(`ended with ${signal ?? code}`));
  });

  async function ask(request: Request, patience: number): Promise<Answer> {
    if (child.exitCode !== null || child.signalCode !== null) return ended;
    child.stdin!.write(`${JSON.stringify(request)}\n`);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<Answer>((resolve) => {
      timer = setTimeout(() => {
        child.kill("SIGKILL");
        resolve({ cannot: `no answer within ${patience} s` });
      }, patience * 1000);
    });
    const line = answers.next().then(({ value, done }) => (done ? ended : (JSON.parse(String(value)) as Answer)));
    const answer = await Promise.race([line, ended, late]);
    clearTimeout(timer);
    return answer;
  }

  return {
    async open(task, folder, threads, patience) {
      const answer = await ask({ open: { task, folder, threads } }, patience);
      return "check" in answer ? answer : sentence(answer, child);
    },
    async run(times, patience) {
      const answer = await ask({ run: times }, patience);
      return "time" in answer ? answer.time : sentence(answer, child);
    },
    async end() {
      const answer = await ask({ end: true }, 10);
      child.kill("SIGKILL");
      return "peak" in answer ? answer.peak : undefined;
    },
  };
}

function sentence(answer: Answer, child: ChildProcess): string {
  child.kill("SIGKILL");
  if ("cannot" in answer) return answer.cannot;
  const text = "failed" in answer ? answer.failed : "an answer to another question";
  const lines = text.split("\n").filter((line) => !/^\s+at |^\s*$|^Node\.js/.test(line));
  return `failed: ${lines.slice(0, LINES).join(" ").slice(0, 200)}`;
}
