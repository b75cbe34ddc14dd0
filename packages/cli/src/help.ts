/** The help: examples first, then flags. */
import type { Command } from "./command.ts";
import { COMMON, type Flags } from "./flags.ts";

const WIDTH = 26;

export function overview(commands: readonly Command[]): string {
  const lines = [
    "cellstate: recurrent networks from the command line. Nothing leaves this machine.",
    "",
    "  cellstate demo                                   watch an LSTM learn Shakespeare",
    "  cellstate train kings.txt                        a model of your own text, in runs/kings/",
    '  cellstate generate runs/kings -p "The king"      what it writes',
    "  cellstate eval runs/kings --beat-baseline        how good it is, and whether that is enough",
    "  cellstate explore runs/kings                     watch it think, in a browser",
    '  cellstate inspect runs/kings --text "The king"   what its gates do, character by character',
    "",
    "commands",
    ...commands.map(({ name, operands, summary }) => `  ${`${name} ${operands}`.padEnd(WIDTH - 2)}${summary}`),
    `  ${"help COMMAND".padEnd(WIDTH - 2)}examples and flags of a command`,
    "",
    "for all commands",
    ...flagLines(COMMON),
    `  ${"    --version".padEnd(WIDTH - 2)}the version`,
    "",
    "Results go to stdout, all else to stderr. Exit codes: 0 done, 2 usage, 3 data, 4 model file, 5 diverged,",
    "6 not good enough (eval), 7 disk or memory, 130 and 143 stopped by Ctrl-C or SIGTERM (a training saves first),",
    "1 a bug.",
  ];
  return `${lines.join("\n")}\n`;
}

export function helpOf({ name, operands, summary, examples, flags, notes = [] }: Command): string {
  const longest = Math.max(...examples.map(([line]) => line.length));
  const lines = [
    `cellstate ${name} ${operands}`.trim() + `: ${summary}`,
    "",
    ...examples.map(([line, what]) => `  ${line.padEnd(longest + 3)}${what}`),
    ...(Object.keys(flags).length > 0 ? ["", "flags", ...flagLines(flags)] : []),
    "",
    "for all commands",
    ...flagLines(COMMON),
    ...(notes.length > 0 ? ["", ...notes] : []),
  ];
  return `${lines.join("\n")}\n`;
}

function flagLines(flags: Flags): string[] {
  return Object.entries(flags).map(([name, { short, value, help, aliases, type }]) => {
    const shown = value === undefined ? "" : type === "optional" ? ` [${value}]` : ` ${value}`;
    const left = `${short ? `-${short}, ` : "    "}--${name}${shown}`;
    const also = aliases && aliases.length > 0 ? `   also --${aliases.join(", --")}` : "";
    return `  ${left.padEnd(WIDTH - 2)}${help}${also}`;
  });
}
