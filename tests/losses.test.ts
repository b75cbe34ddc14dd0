/** docs/losses.md has all losses and metrics that there are. Its example runs with those of all documents. */
import * as metrics from "cellstate/metrics";
import { expect, test } from "vitest";
import * as losses from "../packages/cellstate/src/train/losses.ts";
import { read } from "./repository.ts";

const page = read("docs/losses.md");

test("the tables have every loss and every metric, and no other", () => {
  const section = (title: string): string => page.split(`## ${title}\n`)[1]!.split("\n## ")[0]!;
  const named = (text: string): string[] =>
    [...text.matchAll(/^\| (`.*?) \|/gm)].flatMap(([, cell]) =>
      [...cell!.matchAll(/`(\w+)\(/g)].map(([, name]) => name!),
    );
  expect(named(section("Losses")).sort()).toEqual(Object.keys(losses).sort());
  const all = Object.keys(metrics).filter((name) => name !== "measure");
  expect(named(section("Metrics")).sort()).toEqual(all.sort());
});
