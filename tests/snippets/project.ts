/** Pieces of TypeScript against the installed library: all type-checked by one compiler, all run by one process. */
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { transformSync } from "rolldown/utils";
import type { Installed } from "../installed.ts";
import { root } from "../repository.ts";

const execute = promisify(execFile);

export interface Outcome {
  readonly printed: string;
  /** With its stack. */
  readonly error?: string;
  readonly milliseconds: number;
}

/** What the compiler says of each piece that it does not like; by name. */
export async function typeErrors(
  { folder }: Installed,
  pieces: ReadonlyMap<string, string>,
): Promise<Record<string, string[]>> {
  const sources = join(root, "packages/cellstate/src");
  // a build has declarations; without one the sources are as good
  const paths = process.env.CELLSTATE_BUILT
    ? {}
    : { cellstate: [join(sources, "index.ts")], "cellstate/*": [join(sources, "*.ts")] };
  const compilerOptions = {
    noEmit: true,
    noUnusedLocals: false,
    paths,
    typeRoots: [join(root, "node_modules/@types")],
  };
  const files = [...pieces.keys()].map((name) => `${name}.ts`);
  for (const [name, code] of pieces) writeFileSync(join(folder, `${name}.ts`), code);
  const config = { extends: join(root, "tsconfig.base.json"), compilerOptions, files };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const said = await execute(process.execPath, [compiler, "-p", "tsconfig.json", "--pretty", "false"], {
    cwd: folder,
  }).then(
    () => "",
    (error: { stdout: string }) => error.stdout,
  );
  const errors: Record<string, string[]> = {};
  for (const line of said.split("\n").filter((one) => /^\S/.test(one))) {
    const name = line.match(/^(\S+?)\.ts\(/)?.[1] ?? "";
    errors[name] = [...(errors[name] ?? []), line];
  }
  return errors;
}

/** Imports each piece in turn, with what it prints kept apart; one that does not end in time is given up. */
const runner = `
const [names, limit] = JSON.parse(process.argv[2]);
const { format } = await import("node:util");
const write = process.stdout.write.bind(process.stdout);
let printed = "";
for (const name of ["log", "info", "warn", "error"]) console[name] = (...args) => { printed += format(...args) + "\\n"; };
process.stdout.write = (text) => { printed += text; return true; };
const say = (outcome) => write(JSON.stringify(outcome) + "\\n");
for (const name of names) {
  printed = "";
  const start = performance.now();
  let timer;
  const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error("does not end")), limit); });
  let error;
  try { await Promise.race([import("./" + name + ".mjs"), late]); } catch (e) { error = String(e?.stack ?? e); }
  clearTimeout(timer);
  say({ name, printed, error, milliseconds: Math.round(performance.now() - start) });
}
process.exit(0);
`;

const LIMIT = 30_000; // milliseconds for one piece

export async function run({ folder }: Installed, pieces: ReadonlyMap<string, string>): Promise<Map<string, Outcome>> {
  for (const [name, code] of pieces) {
    const { code: script, errors } = transformSync(`${name}.ts`, code);
    if (errors.length > 0) throw new SyntaxError(`${name}: ${errors[0]!.message}`);
    writeFileSync(join(folder, `${name}.mjs`), script);
  }
  writeFileSync(join(folder, "runner.mjs"), runner);
  const argument = JSON.stringify([[...pieces.keys()], LIMIT]);
  const environment = { ...process.env, NODE_OPTIONS: "", NO_COLOR: "1" };
  const { stdout } = await execute(process.execPath, ["runner.mjs", argument], {
    cwd: folder,
    env: environment,
    maxBuffer: 1 << 26,
  });
  const outcomes = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Outcome & { name: string });
  return new Map(outcomes.map((outcome) => [outcome.name, outcome]));
}
