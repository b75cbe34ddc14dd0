/**
 * What holds for every file: sizes, which folder may import which, words that belong to cells alone, mathematics that
 * differs between JavaScript engines, and what must not get into the repository.
 */
import { posix } from "node:path";
import { describe, expect, test } from "vitest";
import { lineAt, listFiles, type Node, read, syntaxNodes } from "./repository.ts";

const MAX_LINES = 500;
const LIBRARY = "packages/cellstate/src/";

const files = listFiles();
const modules = files.filter((path) => /\.(tsx?|mts|mjs|js)$/.test(path) && !path.includes("/fixtures/"));
const isTest = (path: string) => path.endsWith(".test.ts");
const library = modules.filter((path) => path.startsWith(LIBRARY) && !isTest(path));

/** The folder below the library's src/, or "" for its entry files. */
const folderOf = (path: string) =>
  path.slice(LIBRARY.length).includes("/") ? path.slice(LIBRARY.length).split("/")[0] : "";

/** For each folder, the folders whose values it may import, besides itself. */
const below = {
  cell: [],
  cells: ["cell"],
  engine: [], // and ENGINE_MAY_READ
  layers: ["cells", "cell", "engine"],
  model: ["layers", "cells", "cell", "engine"],
  train: ["model", "layers", "cells", "cell", "engine"],
  data: ["model", "layers", "cells", "cell", "engine"],
  analysis: ["model", "layers", "cells", "cell", "engine"],
  jobs: ["train", "data", "analysis", "model", "layers", "cells", "cell", "engine"],
} as Record<string, string[]>;
const ENGINE_MAY_READ = /^cell\/(operations|schedule)\.ts$/;
/** These three stand side by side: they may name each other's types, and import no values. */
const peers = ["train", "data", "analysis"];
/** Errors, checks of options, recipes, and numbers with the same bits everywhere, serve all from layers up; they lean on each other alone. */
const SHARED = /^(errors|options|recipe|data\/(numbers|random))\.ts$/;
const SHARED_MAY_READ = /^engine\/noise\.ts$/;

interface Import {
  readonly to: string;
  readonly typesOnly: boolean;
}

function importsOf(path: string): Import[] {
  const imports: Import[] = [];
  for (const node of syntaxNodes(path, read(path))) {
    if (!/^(Import(Declaration|Expression)|Export(Named|All)Declaration|TSImportType)$/.test(node.type)) continue;
    const source = node.source as { value?: unknown } | null;
    if (typeof source?.value !== "string" || !source.value.startsWith(".")) continue;
    const specifiers = (node.specifiers ?? []) as { importKind?: string; exportKind?: string }[];
    const kinds = [node.importKind, node.exportKind];
    const each = specifiers.map((one) => one.importKind ?? one.exportKind);
    imports.push({
      to: posix.join(posix.dirname(path), source.value),
      typesOnly:
        node.type === "TSImportType" ||
        kinds.includes("type") ||
        (each.length > 0 && each.every((kind) => kind === "type")),
    });
  }
  return imports;
}

function isAllowed(path: string, { to, typesOnly }: Import): boolean {
  if (!to.startsWith(LIBRARY)) return false;
  const [name, read] = [path.slice(LIBRARY.length), to.slice(LIBRARY.length)];
  const [from, target] = [folderOf(path), folderOf(to)];
  if (SHARED.test(name)) return SHARED.test(read) || SHARED_MAY_READ.test(read);
  if (from === "") return true;
  if (from === target || below[from]?.includes(target)) return true;
  if (from === "engine") return ENGINE_MAY_READ.test(read);
  if (SHARED.test(read)) return from !== "cell" && from !== "cells";
  return typesOnly && peers.includes(from) && peers.includes(target);
}

test(`no module is longer than ${MAX_LINES} lines`, () => {
  const written = [...modules, ...files.filter((path) => path.endsWith(".css"))];
  const long = written.map((path) => [path, read(path).trimEnd().split("\n").length] as const);
  expect(long.filter(([, lines]) => lines > MAX_LINES)).toEqual([]);
});

describe("the library's folders", () => {
  test("are those of the design", () => {
    const folders = new Set(library.map(folderOf).filter((folder) => folder !== ""));
    expect([...folders].filter((folder) => !(folder in below))).toEqual([]);
  });

  test("import one way only: jobs → train, data, analysis → model → layers → cells → cell; engine → cell/operations", () => {
    const wrong = library.flatMap((path) =>
      importsOf(path)
        .filter((one) => !isAllowed(path, one))
        .map((one) => `${path} imports ${one.to}`),
    );
    expect(wrong).toEqual([]);
  });

  test("cell, engine and train know no particular cell", () => {
    const knows = library
      .filter((path) => /^(cell|engine|train)$/.test(folderOf(path)) && !/\/cell\/print(\.ts|\/)/.test(path))
      .flatMap((path) => cellWords(read(path)).map((found) => `${path}:${found}`));
    expect(knows).toEqual([]);
  });
});

/** `12: openGate` for every word, or part of an identifier, that belongs to a particular cell. */
function cellWords(text: string): string[] {
  const found: string[] = [];
  text.split("\n").forEach((line, index) => {
    for (const [word] of line.matchAll(/[A-Za-z]+/g)) {
      const parts = word.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[A-Z]+/g) ?? [];
      const belongs = [word, ...parts].some((part) => /^(lstms?|grus?|gate[sd]?|forget|peepholes?)$/i.test(part));
      if (belongs || /lstm|GRU/.test(word)) found.push(`${index + 1}: ${word}`);
    }
  });
  return found;
}

test("words that belong to a cell are found as words and inside identifiers, and nowhere else", () => {
  const words = "LSTM sLSTM lstmCell openGate gates GRUs gru_x forget_bias peepholes";
  expect(cellWords(words)).toHaveLength(9);
  expect(cellWords("aggregate propagate delegate congruent investigate forgotten")).toEqual([]);
});

// Exact in every engine: results are prescribed to the last bit. All else may differ in the last place.
const EXACT =
  /^(abs|ceil|floor|round|trunc|sign|min|max|sqrt|fround|f16round|imul|clz32|E|PI|LN2|LN10|LOG2E|LOG10E|SQRT2|SQRT1_2)$/;

/** `12: Math.exp` for every use of mathematics that two engines may round differently. */
function inexactMath(path: string, text: string): string[] {
  const nodes = syntaxNodes(path, text);
  const named = nodes.filter((node) => node.type === "MemberExpression" && (node.object as Node).name === "Math");
  const exact = named.filter((node) => !node.computed && EXACT.test(String((node.property as Node).name)));
  const known = new Set(exact.map((node) => (node.object as Node).start));
  const types = new Set(
    nodes.filter((node) => node.type === "TSTypeQuery").map((node) => (node.exprName as Node).start),
  );
  const isNumber = (node: Node): boolean =>
    (node.type === "Literal" && typeof node.value === "number") ||
    (node.type === "UnaryExpression" && isNumber(node.argument as Node));
  const wrong = nodes.filter((node) => {
    if (node.type === "Identifier") return node.name === "Math" && !known.has(node.start) && !types.has(node.start);
    if (node.type === "AssignmentExpression") return node.operator === "**=";
    return (
      node.type === "BinaryExpression" &&
      node.operator === "**" &&
      !(isNumber(node.left as Node) && isNumber(node.right as Node))
    );
  });
  return wrong.map((node) => `${lineAt(text, node.start)}: ${text.slice(node.start).match(/^Math[.\w]*|^.*/)}`);
}

// The oracle and the float64 engine judge within tolerances; their last bits are promised nowhere.
const JUDGES = /\/(cell\/evaluate(\.ts|\/)|engine\/reference\/)/;

describe("mathematics", () => {
  test("that rounds differently from engine to engine stands in the oracle, tests and scripts only", () => {
    const sources = modules.filter((path) => /^packages\/[^/]+\/src\//.test(path) && path.endsWith(".ts"));
    const checked = sources.filter((path) => !isTest(path) && !JUDGES.test(path));
    expect(checked.flatMap((path) => inexactMath(path, read(path)).map((found) => `${path}:${found}`))).toEqual([]);
  });

  test("of that kind is found in all its spellings", () => {
    const wrong = "Math.exp(1);\nconst { log } = Math;\nMath['pow'];\nx ** 2;\n2 ** k;\ny **= 2;\nMath.random();";
    expect(inexactMath("a.ts", wrong)).toHaveLength(7);
    const fine = "// Math.exp\nconst a = 2 ** -24 + Math.sqrt(Math.PI); const s = 'Math.exp ** x';";
    expect(inexactMath("a.ts", fine)).toEqual([]);
  });
});

describe("the repository", () => {
  test("pins its dependencies without saying where they were downloaded", () => {
    const locks = files.filter((path) => path.endsWith("package-lock.json"));
    expect(locks).toEqual(["bench/peers/package-lock.json", "package-lock.json"]);
    for (const lock of locks) expect(read(lock).match(/"resolved": "(?!(packages|apps)\/).*/g), lock).toBeNull();
  });

  test("measures peers of exact versions, which run nothing when they are installed", () => {
    const { dependencies } = JSON.parse(read("bench/peers/package.json")) as { dependencies: Record<string, string> };
    expect(Object.entries(dependencies).filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual(
      [],
    );
    expect(read("bench/peers/.npmrc")).toContain("ignore-scripts=true");
  });

  test("has a library without dependencies, and no package that runs code when it is installed", () => {
    const manifests = files.filter((path) => /^packages\/[^/]+\/package\.json$/.test(path));
    expect(manifests.length).toBeGreaterThan(0);
    const scripts = /^(pre|post)?install$|^prepare$/;
    for (const path of manifests) {
      const manifest = JSON.parse(read(path));
      expect(Object.keys(manifest.scripts ?? {}).filter((name) => scripts.test(name))).toEqual([]);
      if (manifest.name !== "cellstate") continue;
      const kinds = ["dependencies", "optionalDependencies", "bundleDependencies", "bundledDependencies"];
      expect(kinds.filter((kind) => Object.keys(manifest[kind] ?? {}).length > 0)).toEqual([]);
    }
    const locked = Object.entries(JSON.parse(read("package-lock.json")).packages) as [
      string,
      Record<string, boolean>,
    ][];
    const shipped = locked.filter(([, entry]) => !entry.dev && !entry.devOptional && !entry.peer);
    expect(shipped.filter(([, entry]) => entry.hasInstallScript).map(([path]) => path)).toEqual([]);
  });

  test("names no place on anybody's machine", () => {
    const place = /(?<![\w.:/])\/(work|farm|root|home|Users)\/[\w.]+/;
    const isText = (path: string) =>
      !/\.(png|jpg|gif|ico|woff2?|wasm|safetensors|onnx|keras|h5|pt|bin|gz|zip)$/.test(path);
    const naming = files.filter((path) => isText(path) && place.test(read(path)));
    expect(naming).toEqual([]);
  });
});
