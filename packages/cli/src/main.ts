#!/usr/bin/env node
/** The `cellstate` command: finds what was asked for, runs it, and ends with an exit code that says how it went. */
import { existsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, relative } from "node:path";
import type { Command } from "./command.ts";
import { demo } from "./demo.ts";
import { doctor } from "./doctor.ts";
import { evaluate } from "./eval.ts";
import { explore } from "./explore.ts";
import { Ended, EXIT, Failure, failureFrom } from "./failure.ts";
import { parseFlags } from "./flags.ts";
import { generate } from "./generate.ts";
import { helpOf, overview } from "./help.ts";
import { inspect } from "./inspect.ts";
import { nearest } from "./nearest.ts";
import { quantize } from "./quantize.ts";
import { schedule } from "./schedule.ts";
import { listenForStops } from "./stops.ts";
import { openTerminal, type Terminal } from "./terminal.ts";
import { train } from "./train.ts";
import { VERSION } from "./version.ts";

const commands = [
  train,
  generate,
  evaluate,
  explore,
  inspect,
  quantize,
  schedule,
  doctor,
  demo,
] as unknown as readonly Command[];
const aliases: Readonly<Record<string, string>> = {
  sample: "generate",
  show: "inspect",
  info: "inspect",
  fit: "train",
  explorer: "explore",
  evaluate: "eval",
  test: "eval",
};

const OPERANDS = ["no operand", "one operand", "two operands"];

let terminal: Terminal = openTerminal();
const stops = listenForStops(() => terminal);
const args = process.argv.slice(2);
let json = args.includes("--json");
let verbose = false;

try {
  await dispatch();
} catch (error) {
  process.exitCode = tell(error);
}
async function dispatch(): Promise<void> {
  const [first, ...rest] = args;
  if (first === undefined || first === "--help" || first === "-h") return terminal.result(overview(commands));
  if (first === "--version" || first === "-V" || first === "version") return terminal.result(`${VERSION}\n`);
  if (first === "help")
    return terminal.result(rest[0] === undefined ? overview(commands) : helpOf(commandCalled(rest[0])));
  const command = commandCalled(first);
  const elsewhere = new Map(commands.filter((one) => one !== command).map((one) => [one.name, one.flags]));
  const { values, positionals } = parseFlags(command.name, command.flags, rest, elsewhere);
  json = values.json ?? false;
  verbose = values.verbose ?? false;
  if (values.help) return terminal.result(helpOf(command));
  const surplus = positionals[command.most];
  if (surplus !== undefined)
    throw new Failure(
      "usage",
      `${command.name} takes ${OPERANDS[command.most]}; what is "${surplus}"?`,
      `cellstate help ${command.name}`,
    );
  terminal = openTerminal({
    quiet: values.quiet ?? false,
    verbose,
    color: !values["no-color"],
    storyOnStdout: (command.isStory ?? false) && !json,
  });
  await command.run({ terminal, stops, program: programName(), json }, values, positionals);
}

function commandCalled(given: string): Command {
  const found = commands.find(({ name }) => name === (aliases[given] ?? given));
  if (found) return found;
  const names = commands.map(({ name }) => name);
  if (given.startsWith("-"))
    throw new Failure(
      "usage",
      `${given} comes before a command`,
      `cellstate COMMAND ${given} …   commands: ${names.join(", ")}, help`,
    );
  const near = nearest(given, [...names, "help"]);
  if (near === undefined && existsSync(given))
    throw new Failure("usage", `there is no command "${given}", but a file`, `did you mean: cellstate train ${given}?`);
  throw new Failure(
    "usage",
    `there is no command "${given}"`,
    near ? `did you mean ${near}?` : undefined,
    `commands: ${names.join(", ")}, help`,
  );
}

/** How the next command is to be called: as it can be from here. */
function programName(): string {
  const main = process.argv[1] ?? "";
  const isCalledByName = basename(main).replace(/\.cmd$/, "") === "cellstate";
  if (isCalledByName && process.env["npm_command"] === undefined) return "cellstate";
  if (existsSync(join("node_modules", ".bin", "cellstate"))) return "npx cellstate";
  const path = relative(process.cwd(), main);
  return `node ${/\s/.test(path) ? JSON.stringify(path) : path}`;
}

/** Says what went wrong; returns the exit code. */
function tell(error: unknown): number {
  terminal.endLive();
  if (error instanceof Ended) return error.exitCode;
  const failure = failureFrom(error);
  const mend = [...failure.mend];
  if (failure.kind === "internal") {
    const log = join(tmpdir(), `cellstate-error-${process.pid}.log`);
    const stack = error instanceof Error ? error.stack : String(error);
    try {
      writeFileSync(log, `cellstate ${VERSION}, Node ${process.version}\n${args.join(" ")}\n${stack}\n`);
      mend.push(`this is a fault of cellstate itself; please report it with ${log}`);
    } catch {
      mend.push("this is a fault of cellstate itself; please report it, with --verbose for the stack");
    }
  }
  terminal.warn(`${terminal.style.red(`error[${failure.kind}]`)}: ${failure.message}`);
  for (const line of mend) terminal.warn(`  ${line}`);
  if (verbose && error instanceof Error && error.stack) terminal.warn(error.stack);
  const code = EXIT[failure.kind];
  if (json)
    terminal.result(
      `${JSON.stringify({ error: { kind: failure.kind, message: failure.message, mend }, exit: code })}\n`,
    );
  return code;
}
