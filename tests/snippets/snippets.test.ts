/** The machinery behind the documents' tests: it makes code whole, and sees what is wrong with it. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Installed, installLibrary } from "../installed.ts";
import { complete } from "./complete.ts";
import { namesIn } from "./names.ts";
import { blocksIn, printedBy, programOf } from "./pages.ts";
import { run, typeErrors } from "./project.ts";

describe("names", () => {
  test("are free where nothing declares them, wherever that is", () => {
    const code = `
      import { a } from "b";
      const { c, d: [e = f] } = g(a.h, { i: 1, j });
      for (const k of l) try { m(k) } catch (n) { n; }
      function o(p: Q, ...r: S[]) { return p + r.length + e + c + console; }
    `;
    expect([...namesIn(code).free].sort()).toEqual(["f", "g", "j", "l", "m"]);
    expect([...namesIn(code).types].sort()).toEqual(["Q", "S"]);
  });

  test("are declared at the top level or not", () => {
    const { declared, free } = namesIn("const [a] = b; function c() { const d = 1; return d; } class E {}");
    expect([...declared].sort()).toEqual(["E", "a", "c"]);
    expect([...free]).toEqual(["b"]);
  });
});

describe("a snippet", () => {
  const exported = new Map([
    ["lstm", "cellstate"],
    ["Cell", "cellstate"],
  ]);

  test("gets its imports and what it takes for granted, in order, also what that needs", () => {
    const given = { model: "const model = [cell];", cell: "const cell: Cell = lstm;" };
    expect(complete("model.length", { exported, given }).split("\n")).toEqual([
      'import { type Cell } from "cellstate";',
      'import { lstm } from "cellstate";',
      "const cell: Cell = lstm;",
      "const model = [cell];",
      "{",
      "model.length",
      "}",
      "export {};",
      "",
    ]);
  });

  test("with a name that nobody gives is refused, never passed over", () => {
    expect(() => complete("lsmt.name", { exported, given: {} })).toThrow("nothing gives lsmt to\nlsmt.name");
  });
});

describe("a page", () => {
  const page = [
    '```ts\nimport { a, type B } from "x";\nconsole.log(a); // 1\n```',
    "```text\nmore\nlines\n```",
    '```ts\nimport { a, c } from "x";\nconsole.log(c); // 2\n```',
    '```js other.js\nconsole.log("no");\n```',
    "```sh\nls # all\n```",
  ].join("\n\nWords.\n\n");

  test("is one program with every import once, and says what is printed", () => {
    expect(programOf(page)!.split("\n").filter(Boolean)).toEqual([
      'import { a } from "x";',
      'import { type B } from "x";',
      'import { c } from "x";',
      "console.log(a); // 1",
      "console.log(c); // 2",
      "export {};",
    ]);
    expect(printedBy(page)).toEqual(["1", "more", "lines", "2"]);
    expect(programOf("no code")).toBeUndefined();
  });

  test("has blocks with a language and what stands behind it", () => {
    expect(blocksIn(page).map(({ language, info }) => `${language} ${info}`.trim())).toEqual([
      "ts",
      "text",
      "ts",
      "js other.js",
      "sh",
    ]);
  });
});

describe("pieces against the installed library", () => {
  let installed: Installed;
  beforeAll(async () => {
    installed = await installLibrary();
  });
  afterAll(() => installed.remove());

  test("are told from one another: who has wrong types, who throws, who prints what", async () => {
    const pieces = new Map([
      ["good", 'import { lstm } from "cellstate";\nconsole.log(lstm.name, 1 + 1);'],
      ["typo", 'import { lstm } from "cellstate";\nconst n: number = lstm.name;\nconsole.log(n);'],
      ["throws", 'throw new Error("no");'],
      ["writes", 'process.stdout.write("a");\nawait null;\nprocess.stdout.write("b\\n");'],
    ]);
    const errors = await typeErrors(installed, pieces);
    expect(Object.keys(errors)).toEqual(["typo"]);
    expect(errors["typo"]![0]).toContain("'string' is not assignable to type 'number'");
    const outcomes = await run(installed, pieces);
    expect([...outcomes].map(([name, { printed, error }]) => [name, printed, error?.split("\n")[0]])).toEqual([
      ["good", "LSTM 2\n", undefined],
      ["typo", "LSTM\n", undefined],
      ["throws", "", "Error: no"],
      ["writes", "ab\n", undefined],
    ]);
  });
});
