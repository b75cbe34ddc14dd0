/** Planted faults are up to date; whether tests see them is asked by `npm run test:mutants`, which takes minutes. */
import { expect, test } from "vitest";
import { faults } from "../scripts/faults.ts";
import { listFiles, read } from "./repository.ts";

const SOURCES = "packages/cellstate/src/";

test("each stands exactly once in its file, changes it, and names tests that exist", () => {
  const files = new Set(listFiles());
  const wrong = faults.filter(({ file, find, replace, tests }) => {
    const places = read(SOURCES + file).split(find).length - 1;
    return places !== 1 || find === replace || tests.length === 0 || tests.some((one) => !files.has(SOURCES + one));
  });
  expect(wrong.map(({ name }) => name)).toEqual([]);
});

test("no two have one name", () => {
  const names = faults.map(({ name }) => name);
  expect(names.filter((name, k) => names.indexOf(name) !== k)).toEqual([]);
});
