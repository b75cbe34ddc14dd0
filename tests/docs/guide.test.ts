/** The guide runs as it stands: every chapter's program, commands and page. */
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CommandLine, commandLine } from "../../packages/cli/src/testing.ts";
import { type Installed, installLibrary } from "../installed.ts";
import { listFiles, read, root } from "../repository.ts";
import { blocksIn, printedBy, programOf } from "../snippets/pages.ts";
import { run, typeErrors } from "../snippets/project.ts";

/** These pages have tests of their own, which also read what they print. */
const elsewhere = {
  "docs/analysis.md": "tests/analysis.test.ts",
  "docs/tasks.md": "tests/docs.test.ts",
  "docs/threads.md": "tests/threads.test.ts",
  "docs/worker.md": "tests/worker.test.ts",
};
const paths = listFiles().filter((path) => /^docs\/(guide\/)?[^/]+\.md$/.test(path) && !(path in elsewhere));
const chapters = paths.filter((path) => /\/\d+-/.test(path)).sort();
const nameOf = (path: string): string => path.replaceAll(/\W/g, "_");
const programs = new Map(
  paths.flatMap((path) => {
    const program = programOf(read(path));
    return program === undefined ? [] : [[nameOf(path), program] as const];
  }),
);

let installed: Installed;
beforeAll(async () => {
  installed = await installLibrary();
});
afterAll(() => installed.remove());

test("pages with a test of their own have one", () => {
  for (const [page, file] of Object.entries(elsewhere)) expect(read(file)).toContain(page);
});

test("the programs of all pages hold their types", async () => {
  expect(await typeErrors(installed, programs)).toEqual({});
});

test("they run, and the guide's print what it says, to the last digit", { timeout: 120_000 }, async () => {
  const outcomes = await run(installed, programs);
  const failed = [...outcomes].flatMap(([name, { error }]) => (error === undefined ? [] : [`${name}: ${error}`]));
  expect(failed).toEqual([]);
  for (const path of chapters) {
    const { printed } = outcomes.get(nameOf(path))!;
    expect(printed.trim().split("\n"), path).toEqual(printedBy(read(path)));
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
    writeFileSync(
      join(cli.folder, "my.txt"),
      "The king is dead, long live the king. All the court is here to see. ".repeat(40),
    );
  });
  afterAll(() => cli.remove());

  const commandsOf = (path: string): string[] =>
    blocksIn(read(path)).flatMap(({ language, code }) =>
      language === "sh" ? code.split("\n").flatMap((line) => line.replace(/\s+#\s.*$/, "").trim() || []) : [],
    );
  const CALL = "npx cellstate ";

  test("call the command line, but for two that set up", () => {
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

/** A command's words; trainings get a few updates of a small model, which tell as much as many. */
function brief(command: string): string[] {
  const words = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word]) => quoted ?? word!);
  const args = words.map((word) => (existsSync(join(root, word)) ? join(root, word) : word));
  if (args[0] !== "train" || args.includes("--resume")) return args;
  const isLong = (at: number): boolean => /^--(steps|units|eval-every)$/.test(args[at] ?? "");
  return [...args.filter((_, at) => !isLong(at) && !isLong(at - 1)), "--steps", "6", "--units", "8"];
}
