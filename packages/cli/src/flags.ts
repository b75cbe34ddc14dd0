/**
 * Reads a command's flags: long and short names, the aliases people type, numbers in their range, and for anything
 * unknown the nearest flag there is.
 */
import { parseArgs } from "node:util";
import { Failure } from "./failure.ts";
import { nearest } from "./nearest.ts";

export interface Flag {
  /** "text" may be anything; "optional" text may be left out; "list" may be repeated. */
  readonly type: "text" | "optional" | "list" | "number" | "whole" | "switch";
  readonly short?: string;
  /** Other long names that people type. */
  readonly aliases?: readonly string[];
  /** What stands for the value in the help: FILE, N. */
  readonly value?: string;
  readonly help: string;
  readonly min?: number;
  readonly max?: number;
}

export type Flags = Readonly<Record<string, Flag>>;
type ValueOf<F extends Flag> = F["type"] extends "switch"
  ? boolean
  : F["type"] extends "list"
    ? readonly string[]
    : F["type"] extends "number" | "whole"
      ? number
      : string;
export type Values<F extends Flags> = { readonly [K in keyof F]?: ValueOf<F[K]> };

export const COMMON = {
  json: { type: "switch", help: "print the result as JSON on stdout" },
  quiet: { type: "switch", short: "q", help: "print results, warnings and errors only" },
  verbose: { type: "switch", short: "v", help: "say more; errors with their stack" },
  "no-color": { type: "switch", aliases: ["no-colour"], help: "no colours (also: NO_COLOR)" },
  help: { type: "switch", short: "h", help: "this help" },
} as const satisfies Flags;

export interface Parsed<F extends Flags> {
  readonly values: Values<F & typeof COMMON>;
  readonly positionals: readonly string[];
}

/** @param elsewhere - the flags of other commands, by command: who types one of them here is told so */
export function parseFlags<F extends Flags>(
  command: string,
  own: F,
  args: readonly string[],
  elsewhere: ReadonlyMap<string, Flags> = new Map(),
): Parsed<F> {
  const flags: Flags = { ...COMMON, ...own };
  const names = new Map<string, string>();
  for (const [name, { aliases = [] }] of Object.entries(flags))
    for (const one of [name, ...aliases]) names.set(one, name);
  const options = Object.fromEntries(
    [...names].map(([name, canonical]) => {
      const { type, short } = flags[canonical]!;
      return [
        name,
        {
          type: type === "switch" ? ("boolean" as const) : ("string" as const),
          ...(short && name === canonical && { short }),
        },
      ];
    }),
  );
  const { tokens } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true });
  const values: Record<string, unknown> = Object.create(null);
  const positionals: string[] = [];
  const help = `cellstate help ${command}`;

  for (const token of tokens) {
    if (token.kind === "positional") positionals.push(token.value);
    if (token.kind !== "option") continue;
    const { rawName, value, inlineValue } = token;
    const name = names.get(token.name);
    if (name === undefined) throw unknown(rawName, names.keys(), help, elsewhere);
    const flag = flags[name]!;
    if (flag.type === "switch") {
      if (value !== undefined) throw new Failure("usage", `${rawName} takes no value, but was given "${value}"`, help);
      values[name] = true;
      continue;
    }
    const looksLikeFlag = value !== undefined && !inlineValue && /^--?[a-z]/i.test(value);
    if (flag.type === "optional" && (value === undefined || looksLikeFlag)) {
      if (looksLikeFlag)
        throw new Failure(
          "usage",
          `${rawName} is followed by ${value}`,
          `put ${rawName} last, or give it its ${flag.value}`,
        );
      values[name] = "";
      continue;
    }
    if (value === undefined || looksLikeFlag) {
      const follows = value === undefined ? "" : `, but ${value} follows`;
      const meant = value === undefined ? undefined : `if that is meant: ${rawName}=${value}`;
      throw new Failure(
        "usage",
        `${rawName} needs a value${follows}`,
        `${rawName} ${flag.value ?? "VALUE"}: ${flag.help}`,
        meant,
      );
    }
    if (flag.type === "number" || flag.type === "whole") values[name] = numberOf(rawName, flag, value);
    else if (flag.type === "list") values[name] = [...((values[name] as string[] | undefined) ?? []), value];
    else values[name] = value;
  }
  return { values: values as Values<F & typeof COMMON>, positionals };
}

function unknown(
  rawName: string,
  names: Iterable<string>,
  help: string,
  elsewhere: ReadonlyMap<string, Flags>,
): Failure {
  const typed = rawName.replace(/^-+/, "");
  const all = `all flags: ${help}`;
  const isLong = rawName.startsWith("--");
  const near = isLong ? nearest(typed, names) : undefined;
  if (near !== undefined) return new Failure("usage", `${rawName}: did you mean --${near}?`, all);
  for (const [command, flags] of isLong ? elsewhere : []) {
    const its = Object.entries(flags).flatMap(([name, { aliases = [] }]) => [name, ...aliases]);
    const meant = nearest(typed, its);
    if (meant === typed)
      return new Failure("usage", `${rawName} is a flag of cellstate ${command}, not of this command`, all);
    if (meant !== undefined) {
      return new Failure("usage", `${rawName}: did you mean --${meant}? It is a flag of cellstate ${command}`, all);
    }
  }
  return new Failure("usage", `${rawName} is no flag of this command`, all);
}

function numberOf(rawName: string, flag: Flag, text: string): number {
  const { type, min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = flag;
  const value = /^\s*$/.test(text) ? Number.NaN : Number(text.replace(/(?<=\d)[_ ](?=\d)/g, ""));
  const isFine =
    Number.isFinite(value) && (type === "number" || Number.isSafeInteger(value)) && value >= min && value <= max;
  if (isFine) return value;
  const from = Number.isFinite(min) ? ` from ${min}` : "";
  const to = Number.isFinite(max) ? ` to ${max}` : Number.isFinite(min) ? " up" : "";
  const kind = type === "whole" ? "a whole number" : "a number";
  throw new Failure(
    "usage",
    `${rawName} is "${text}"; expected ${kind}${from}${to}`,
    `${rawName} ${flag.value ?? "N"}: ${flag.help}`,
  );
}
