/** What the documents say is so: their commands run, their links lead somewhere, their tables are the library's. */
import { writeFileSync } from "node:fs";
import { join, posix } from "node:path";
import * as library from "cellstate";
import { tasks } from "cellstate/tasks";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { functionNames, startNames } from "../packages/cellstate/src/cell/syntax.ts";
import { limits } from "../packages/cellstate/src/cell/tokens.ts";
import { type CommandLine, commandLine } from "../packages/cli/src/testing.ts";
import { listFiles, read } from "./repository.ts";

const documents = listFiles().filter((path) => /^((docs\/.*|examples\/)?[^/]+)\.md$/.test(path));
const readme = read("README.md");
const language = read("docs/language.md");

/** The lines of all blocks of shell commands, with what is said behind them. */
const commandsIn = (text: string): { command: string; said: string }[] =>
  [...text.matchAll(/^```(?:sh|bash|shell)\n([\s\S]*?)^```$/gm)].flatMap(([, block]) =>
    block!.split("\n").flatMap((line) => {
      const [command = "", said = ""] = line.split(/\s+#\s+/);
      return command.trim() === "" ? [] : [{ command: command.trim(), said }];
    }),
  );

/** As the command's package names it; tests run the same from the sources. */
const entry = JSON.parse(read("packages/cli/package.json")).exports["."] as string;
const CALL = `node ${posix.join("packages/cli", entry)} `;

describe("the README's commands", () => {
  let cli: CommandLine;
  beforeAll(async () => {
    cli = await commandLine();
    const line = "To be, or not to be, that is the question: whether 'tis nobler in the mind to suffer. ";
    writeFileSync(join(cli.folder, "my.txt"), line.repeat(30));
  });
  afterAll(() => cli.remove());

  const commands = commandsIn(readme);
  const ofCli = commands.filter(({ command }) => command.startsWith(CALL));

  test("are two for setting up and those of the command line, nothing else", () => {
    const others = commands.filter((one) => !ofCli.includes(one)).map(({ command }) => command);
    expect(others).toEqual(["npm ci && npm start", "npm ci && npm test"]);
    const { scripts } = JSON.parse(read("package.json"));
    expect(scripts.start).toMatch(new RegExp(`&& ${CALL}demo$`));
    expect(scripts.test).toBe("node --import ./scripts/typescript.mjs scripts/test.ts");
    expect(read("scripts/reporter.ts")).toContain(" passed, ");
    expect(listFiles()).toContain("package-lock.json");
  });

  test("of the command line run as they stand, one after the other", { timeout: 240_000 }, async () => {
    expect(ofCli.length).toBeGreaterThan(0);
    for (const { command, said } of ofCli) {
      const given = command.slice(CALL.length).split(" ");
      // a few updates tell as much as many
      const args = given[0] === "train" ? [...given, "--steps", "12", "--units", "8"] : given;
      const { code, stdout, stderr } = await cli.run(args);
      expect(code, `${command}\n${stderr}`).toBe(0);
      expect(stdout.length, command).toBeGreaterThan(0);
      const written = said.match(/writes (\S+)\//)?.[1];
      if (written !== undefined) expect(stdout).toContain(written);
    }
  });
});

test("CONTRIBUTING's commands are scripts of the repository", () => {
  const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
  const text = read("CONTRIBUTING.md");
  const table = [...text.matchAll(/^\| `([^`]+)` \|/gm)].map(([, command]) => command!);
  const all = [...commandsIn(text).map(({ command }) => command), ...table].filter((one) => one.startsWith("npm "));
  expect(all.length).toBeGreaterThan(5);
  const unknown = all.filter((one) => {
    const [, verb, name] = one.split(" ");
    return verb !== "ci" && !((verb === "run" ? name! : verb!) in scripts);
  });
  expect(unknown).toEqual([]);
  const named = new Set(all.map((one) => one.replace(/^npm (run )?/, "").split(" ")[0]!));
  expect(Object.keys(scripts).filter((name) => !named.has(name))).toEqual([]);
});

test("the README names every cell that the library has, and no other", () => {
  const section = readme.slice(readme.indexOf("## The cells"), readme.indexOf("## More"));
  const named = [...section.matchAll(/`(\w+)`/g)].map(([, name]) => name!);
  expect([...named].sort()).toEqual(Object.keys(library.zoo).sort());
  for (const name of named) expect(library, name).toHaveProperty(name);
});

test("docs/README.md lists every document, and the README leads there", () => {
  const linked = [...read("docs/README.md").matchAll(/\]\(([^)#\s]+)\)/g)].map(([, to]) => posix.join("docs", to!));
  const all = documents.filter((path) => /^(docs|examples)\//.test(path) && path !== "docs/README.md");
  expect([...new Set(linked)].sort()).toEqual([...all].sort());
  expect(readme).toContain("](docs/README.md)");
});

describe("what the documents link to", () => {
  const files = listFiles();
  const known = new Map<string, string[]>();
  const anchors = (path: string): string[] => {
    if (!known.has(path)) known.set(path, anchorsOf(read(path)));
    return known.get(path)!;
  };

  test.each(documents)("%s: is there", (path) => {
    const text = withoutBlocks(read(path)).replace(/`[^`\n]*`/g, "");
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, to]) => to!);
    const missing = links.filter((to) => {
      const [file = "", anchor] = to.split("#");
      if (/^(https?|mailto):/.test(to)) return false;
      const target = file === "" ? path : posix.join(posix.dirname(path), file).replace(/\/$/, "");
      if (!files.some((one) => one === target || one.startsWith(`${target}/`))) return true;
      return anchor !== undefined && !anchors(target).includes(anchor);
    });
    expect(missing).toEqual([]);
  });

  test("as code is there too: files and folders in backticks", () => {
    const folders = "packages|docs|tests|scripts|bench|examples|apps|\\.ci";
    const named = new RegExp(`\`((?:${folders})/[\\w./*-]*)\``, "g");
    const missing = documents.flatMap((path) =>
      [...read(path).matchAll(named)].map(([, to]) => to!).filter((to) => !files.some((one) => one.startsWith(to))),
    );
    expect(missing).toEqual([]);
  });
});

const withoutBlocks = (text: string): string => text.replace(/^```[\s\S]*?^```/gm, "");

/** As GitHub makes them from headings: one that has been there before gets a number. */
function anchorsOf(text: string): string[] {
  const used = new Map<string, number>();
  return [...withoutBlocks(text).matchAll(/^#+ (.*)$/gm)].map(([, title]) => {
    const plain = title!.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, "");
    const anchor = plain.replaceAll(" ", "-");
    const count = used.get(anchor) ?? 0;
    used.set(anchor, count + 1);
    return count === 0 ? anchor : `${anchor}-${count}`;
  });
}

describe("docs/language.md", () => {
  test("has every function of the language in its table, and no other", () => {
    const rows = [...language.matchAll(/^\| (`.*?) \|/gm)].flatMap(([, cell]) => [...cell!.matchAll(/`([^`]+)`/g)]);
    const named = rows.flatMap(([, code]) => (code!.includes("(") ? [code!.split("(")[0]!] : code!.split(" ")));
    expect([...new Set(named)].sort()).toEqual([...functionNames].sort());
  });

  test("has every rule for start values, and no other", () => {
    const rules = language.match(/Rules: a number, ([\s\S]*?)\.\n/)![1]!;
    const named = [...rules.matchAll(/`(\w+)/g)].map(([, name]) => name!);
    expect([...new Set(named)].sort()).toEqual([...startNames].sort());
    for (const [, rule] of rules.matchAll(/`([^`]+)`/g)) {
      const target = /chrono/.test(rule!) ? "b_h" : "W_h";
      const text = `h = tanh(W_h @ x + b_h)\n${target} ~ ${rule!.replace(/\((\w+)\)/, "(3)")}`;
      expect(library.cell("Rule", text).facts.parameters.filter((p) => p.start)).toHaveLength(1);
    }
  });

  test("has the limits that hold", () => {
    const { bytes, lines, levels, parts } = limits;
    const said = `**Limits**: ${bytes / 1024} KB, ${lines} lines, ${levels} levels, ${parts.toLocaleString("en")} names, numbers and signs.`;
    expect(language).toContain(said);
  });

  test("shows the error that the library gives", () => {
    const [, text, shown] = language.match(/An error says where[^`]*```\n([\s\S]*?)\n```[^`]*```\n([\s\S]*?)\n```/)!;
    const name = shown!.slice(0, shown!.indexOf(","));
    expect(() => library.cell(name, text!)).toThrow(shown!);
  });
});

describe("docs/regularisation.md", () => {
  const page = read("docs/regularisation.md");
  const [zoned, typed, ...prices] = [...page.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].flatMap(([, kind, text]) =>
    kind === "" ? [text!] : [],
  );

  test("shows the equations that the library writes, and a cell that it reads", () => {
    const layer = library.recurrent(library.lstm, { units: 4, zoneout: { c: 0.5, h: 0.05 } });
    const lines = library.printCell(library.noisyCell(layer)).replaceAll(/ +#/g, " #");
    for (const line of zoned!.trim().split("\n")) expect(lines).toContain(line.replace(/ +#/, " #"));
    expect(library.cell("Typed", typed!).syntax.dropped).toHaveLength(1);
  });

  test("shows prices on activations as cells", () => {
    expect(prices.map((text) => library.cell("Price", text).facts.output)).toEqual(["y", "y"]);
  });
});

describe("docs/tasks.md", () => {
  test("names every task with its default options and its gaps", () => {
    const rows = [...read("docs/tasks.md").matchAll(/^\| `(\w+)\(\{ (.*?) \}\)` \|.*\| (.*) \|$/gm)];
    expect(rows.map(([, name]) => name)).toEqual(Object.keys(tasks));
    for (const [, name, options, gap] of rows) {
      const task = tasks[name as keyof typeof tasks]();
      const given = Object.fromEntries(options!.split(", ").map((one) => one.split(": ")));
      expect(given).toEqual(Object.fromEntries(Object.entries(task.options).map(([key, n]) => [key, String(n)])));
      const { from, to } = task.gaps;
      const range = name === "embeddedReber" ? `from ${from} for` : from === to ? `: ${from}` : `: ${from} to ${to}`;
      expect(gap).toContain(range);
    }
  });
});

test("the README's first equations are the LSTM's own text", () => {
  const block = readme.match(/## The equations are the program\n\n```\n([\s\S]*?)```/)![1]!;
  const lines = (text: string): string[] =>
    text
      .split("\n")
      .map((line) => line.trim())
      .filter(Boolean);
  expect(lines(block)).toEqual(lines(library.lstm.text));
});
