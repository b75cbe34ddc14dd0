/** The documents run as they stand: every page's program, and every command of the guide. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CommandLine, commandLine, sampleText } from "../../packages/cli/src/testing.ts";
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

describe("the guide's commands", () => {
  let cli: CommandLine;
  beforeAll(async () => {
    cli = await commandLine();
    writeFileSync(join(cli.folder, "my.txt"), sampleText(3000));
    // the beginning of what the repository has there
    mkdirSync(join(cli.folder, dirname(SHAKESPEARE)), { recursive: true });
    writeFileSync(join(cli.folder, SHAKESPEARE), sampleText(30_000));
  });
  afterAll(() => cli.remove());

  const commandsOf = (path: string): string[] =>
    blocksIn(read(path)).flatMap(({ language, code }) =>
      language === "sh" ? code.split("\n").flatMap((line) => line.replace(/\s+#\s.*$/, "").trim() || []) : [],
    );
  const CALL = "npx cellstate ";

  test("call the command line, but for two that set up; texts that they name are there", () => {
    expect(listFiles()).toContain(SHAKESPEARE);
    const { scripts } = JSON.parse(read("package.json"));
    const others = [...chapters, "docs/guide/README.md"].flatMap(commandsOf).filter((line) => !line.startsWith(CALL));
    expect(others).toEqual(["npm ci && npm run build", "node --import ./scripts/typescript.mjs first.ts"]);
    expect(scripts).toHaveProperty("build");
    expect(JSON.parse(read("packages/cli/package.json")).bin).toHaveProperty("cellstate");
  });

  test.each(chapters.filter((path) => commandsOf(path).length > 0))("of %s run", { timeout: 120_000 }, async (path) => {
    rmSync(join(cli.folder, "runs"), { recursive: true, force: true });
    const commands = commandsOf(path);
    for (const [k, command] of commands.entries()) {
      const args = brief(command.slice(CALL.length));
      if (commands[k + 1]?.includes("--resume")) {
        const { child, said, ended } = cli.start([...args, "--steps", "200"]);
        await said(/^out /m);
        child.kill("SIGINT");
        expect((await ended).code, command).toBe(130);
        continue;
      }
      const { code, stdout, stderr } = await cli.run(args);
      expect(code, `${command}\n${stderr}`).toBe(0);
      expect(stdout.length, command).toBeGreaterThan(0);
    }
  });
});

const SHAKESPEARE = "packages/cli/data/tiny-shakespeare.txt";

/** A command's words; trainings get a few updates of a small model, which tell as much as many. */
function brief(command: string): string[] {
  const args = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word]) => quoted ?? word!);
  if (args[0] !== "train" || args.includes("--resume")) return args;
  const isLong = (at: number): boolean => /^--(steps|units|eval-every)$/.test(args[at] ?? "");
  return [...args.filter((_, at) => !isLong(at) && !isLong(at - 1)), "--steps", "6", "--units", "8"];
}
