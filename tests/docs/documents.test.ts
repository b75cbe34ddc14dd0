/** The documents run as they stand: every page's program, and every command. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CommandLine, commandLine, type Ended, sampleText } from "../../packages/cli/src/testing.ts";
import { type Installed, installLibrary } from "../installed.ts";
import { listFiles, read } from "../repository.ts";
import { blocksIn, printedBy, programOf } from "../snippets/pages.ts";
import { run, typeErrors } from "../snippets/project.ts";

/** What these print depends on the machine; their own tests run them. */
const elsewhere: Record<string, string> = {
  "docs/threads.md": "tests/threads.test.ts",
  "docs/worker.md": "tests/worker.test.ts",
};
const paths = listFiles().filter((path) => /^docs\/(guide\/)?[^/]+\.md$/.test(path));
const chapters = paths.filter((path) => /\/\d+-/.test(path)).sort();
const nameOf = (path: string): string => path.replaceAll(/\W/g, "_");
const programs = new Map(
  paths.flatMap((path) => {
    const program = programOf(read(path));
    return program === undefined ? [] : [[path, program] as const];
  }),
);
const named = (wanted: (path: string) => boolean): Map<string, string> =>
  new Map([...programs].flatMap(([path, program]) => (wanted(path) ? [[nameOf(path), program] as const] : [])));

let installed: Installed;
beforeAll(async () => {
  installed = await installLibrary();
});
afterAll(() => installed.remove());

test("pages with a test of their own have one", () => {
  for (const [page, file] of Object.entries(elsewhere)) expect(read(file)).toContain(page);
});

test("the programs of all pages hold their types", async () => {
  expect(
    await typeErrors(
      installed,
      named(() => true),
    ),
  ).toEqual({});
});

test("they run, and print what they say, to the last digit", { timeout: 120_000 }, async () => {
  const outcomes = await run(
    installed,
    named((path) => !(path in elsewhere)),
  );
  const failed = [...outcomes].flatMap(([name, { error }]) => (error === undefined ? [] : [`${name}: ${error}`]));
  expect(failed).toEqual([]);
  for (const path of new Set([...chapters, ...programs.keys()])) {
    if (path in elsewhere) continue;
    const printed = outcomes.get(nameOf(path))!.printed.trim();
    expect(printed.split("\n"), path).toEqual(printedBy(read(path)));
  }
});

test("the guide's list has every chapter, in order, and each leads to the next", () => {
  const listed = [...read("docs/guide/README.md").matchAll(/^\d+\. \[.*?\]\((.*?)\)/gm)].map(
    ([, to]) => `docs/guide/${to}`,
  );
  expect(listed).toEqual(chapters);
  chapters.forEach((path, k) => {
    const next = chapters[k + 1]?.replace("docs/guide/", "") ?? "README.md";
    expect(read(path).trimEnd().split("\n\n").at(-1), path).toContain(`](${next})`);
    expect(read(path).split("\n")[0]).toMatch(new RegExp(`^# ${k + 1}\\. `));
  });
});

describe("commands in documents", () => {
  let cli: CommandLine;
  beforeAll(async () => {
    cli = await commandLine();
  });
  afterAll(() => cli.remove());

  const commandsOf = (path: string): string[] =>
    blocksIn(read(path)).flatMap(({ language, code }) =>
      language === "sh" ? code.split("\n").flatMap((line) => line.replace(/\s+#\s.*$/, "").trim() || []) : [],
    );
  const CALL = /^((npx )?cellstate|node packages\/cli\/dist\/main.js) (?=\S)/;

  test("call the command line, or what sets up, measures, or runs an example", () => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    const others = paths.flatMap(commandsOf).filter((line) => !CALL.test(line));
    const files = [...listFiles(), "first.ts"]; // the reader's own
    const unknown = others.filter((line) => {
      const script = line.match(/^(?:npm ci && )?npm run (\S+)( -- --\w+)?$/)?.[1];
      // an example, which has a test of its own
      const file = line.match(/^node --import \.\/scripts\/typescript\.mjs (\S+)/)?.[1];
      return !(file === undefined ? script !== undefined && script in scripts : files.includes(file));
    });
    expect(unknown).toEqual([]);
    expect(JSON.parse(read("packages/cli/package.json")).bin).toHaveProperty("cellstate");
  });

  const pages = paths.filter((path) => commandsOf(path).some((line) => CALL.test(line)));
  test.each(pages)("of %s run", { timeout: 120_000 }, async (path) => {
    rmSync(cli.folder, { recursive: true, force: true });
    mkdirSync(cli.folder);
    const commands = commandsOf(path).filter((line) => CALL.test(line));
    for (const name of new Set(["my.txt", ...(commands.join(" ").match(/\S+\.txt\b/g) ?? [])])) {
      mkdirSync(join(cli.folder, dirname(name)), { recursive: true });
      writeFileSync(join(cli.folder, name), sampleText(3000));
      // the beginning of what the repository has there
      if (name.includes("/")) expect(listFiles()).toContain(name);
    }
    // a page about a run begins with one
    const isBegun = commands.some((line) => line.includes(" train "));
    if (!isBegun) commands.unshift("cellstate train my.txt");
    for (const [k, command] of commands.entries()) {
      const next = commands[k + 1];
      const args = brief(command.replace(CALL, ""));
      const { code, stdout, stderr } = await ending(cli, args, next?.includes("--resume") === true);
      expect(code, `${command}\n${stderr}`).toBe(0);
      expect(stdout.length + stderr.length, command).toBeGreaterThan(0);
    }
  });
});

/** A command's words; trainings get a few updates of a small model, which tell as much as many. */
function brief(command: string): string[] {
  const args = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word]) => quoted ?? word!);
  if (args[0] === "explore" && !args.includes("--out")) return [...args, "--no-open"];
  if (args[0] !== "train" || args.includes("--resume")) return args;
  const isLong = (at: number): boolean => /^--(steps|epochs|units|eval-every)$/.test(args[at] ?? "");
  return [...args.filter((_, at) => !isLong(at) && !isLong(at - 1)), "--steps", "6", "--units", "8"];
}

/** Ctrl-C ends what would serve until then, and a training that is to be resumed. */
async function ending(cli: CommandLine, args: readonly string[], isStopped: boolean): Promise<Ended> {
  const isServer = args.includes("--no-open");
  if (!isServer && !isStopped) return cli.run(args);
  const { child, said, printed, ended } = cli.start(isServer ? args : [...args, "--steps", "200"]);
  if (isServer) await expect.poll(printed).toMatch(/http:/);
  else await said(/^out /m);
  child.kill("SIGINT");
  const { code, ...result } = await ended;
  return { ...result, code: code === 130 ? 0 : 1 };
}
