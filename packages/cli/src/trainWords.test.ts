/** `--level word` from the command line: trained, said, written, shown, stopped and gone on with. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CommandLine, commandLine, digest, sampleText } from "./testing.ts";

let cellstate: CommandLine;
const at = (name: string): string => join(cellstate.folder, name);
const small = ["--level", "word", "--units", "9", "--embed", "7", "--batch", "8", "--window", "8"];

beforeAll(async () => {
  cellstate = await commandLine();
  writeFileSync(at("kings.txt"), sampleText(30_000));
  const { code, stderr } = await cellstate.run(["train", "kings.txt", ...small, "--steps", "30", "-o", "kings"]);
  expect(code, stderr).toBe(0);
  writeFileSync(at("said.txt"), stderr);
}, 120_000);
afterAll(() => cellstate.remove());

describe("a training by words", () => {
  test("says what it counts in: words, their vocabulary, <unk>, perplexity and bits a character", () => {
    const said = readFileSync(at("said.txt"), "utf8");
    for (const says of [
      /30 000 characters = [\d ]+ words and signs → [\d ]+ different {3}\(guessed: text, by word\)/,
      /[\d ]+ rare words, each seen fewer than 2 times \([\d.]+ % of the text\), become <unk>; see --min-count/,
      /<unk> is [\d.]+ % of what is judged/,
      /single words \d\.\d{3}, pairs \d\.\d{3}, .* \(Kneser-Ney\) \d\.\d{3} nats\/word/,
      /step +epoch +train +val +perplexity/,
      /val +\d\.\d{3} nats\/word · perplexity [\d.]+ · [\d.]+ bits\/char/,
      /below pairs of words|no better than counting pairs/,
      / word\/s\n/,
    ]) {
      expect(said).toMatch(says);
    }
    const [columns, ...rows] = readFileSync(at("kings/metrics.csv"), "utf8").trim().split("\n");
    const place = columns!.split(",").indexOf("bits_per_character");
    expect(said).toContain(`${Number(rows.at(-1)!.split(",")[place]).toFixed(2)} bits/char`);
  });

  test("writes words with their spaces, and warns about those it does not know", async () => {
    const { code, stdout, stderr } = await cellstate.run(["generate", "kings", "-p", "The zyx people ", "-n", "30"]);
    expect(code).toBe(0);
    expect(stderr).toBe("warning: 1 word of the prompt is not in the vocabulary (zyx) → read as <unk>\n");
    expect(stdout).not.toMatch(/unk|join/);
    expect(stdout.trim().split(/\s+/).length).toBeGreaterThan(10);
    const again = await cellstate.run(["generate", "kings", "-p", "The zyx people ", "-n", "30", "--json"]);
    expect(`${JSON.parse(again.stdout).text}\n`).toBe(stdout);
  });

  test("is shown with its words, and its gates at each word", async () => {
    const card = (await cellstate.run(["inspect", "kings"])).stdout;
    expect(card).toMatch(/vocabulary {3}[\d ]+ words: <unk> <join> ␣ [↵,:]/);
    expect(card).toMatch(/data +kings\.txt, 30 000 characters, [\d ]+ words and signs/);
    expect(card).toMatch(/nats a word, perplexity [\d.]+, [\d.]+ bits a character after/);
    expect(card).toMatch(
      /validation .* \(pairs of words: [\d.]+\)\n +[\d.]+ nats (behind|ahead of) counting .*\n {2}unknown +[\d.]+ % of the validation's words/,
    );
    const text = "Before we proceed, citizens";
    const { stdout } = await cellstate.run(["inspect", "kings", "--text", text, "--gate", "f"]);
    expect([...stdout.matchAll(/^ {2}(\S+) +0\.\d{3}$/gm)].map(([, word]) => word)).toHaveLength(5);
    const json = JSON.parse((await cellstate.run(["inspect", "kings", "--text", text, "--json"])).stdout);
    expect(json.words).toHaveLength(5);
    const csv = (await cellstate.run(["inspect", "kings", "--text", text, "--csv", "--gate", "f"])).stdout;
    expect(csv).toMatch(/^step,word,value,unit_0/);
  });

  test("stopped and gone on with, ends in the same files as without a stop", async () => {
    const long = [...small, "--steps", "160", "--eval-every", "20", "--max-vocab", "300", "--val", "0.2"];
    expect((await cellstate.run(["train", "kings.txt", ...long, "-o", "whole", "-q"])).code).toBe(0);
    const { child, said, ended } = cellstate.start(["train", "kings.txt", ...long, "-o", "cut"]);
    await said(/^ +40 /m);
    child.kill("SIGINT");
    expect((await ended).code).toBe(130);
    const config = JSON.parse(readFileSync(at("cut/config.json"), "utf8"));
    expect(config).toMatchObject({ settings: { level: "word", validation: 0.2 }, minCount: expect.any(Number) });
    expect((await cellstate.run(["train", "--resume", "cut", "-q"])).code).toBe(0);
    for (const file of ["model.safetensors", "checkpoint/last.safetensors", "metrics.csv", "samples.txt"]) {
      expect(digest(at(`cut/${file}`)), file).toBe(digest(at(`whole/${file}`)));
    }
  });

  test("takes fewer words when asked", async () => {
    const args = ["train", "kings.txt", ...small, "--steps", "2", "-q", "--json"];
    const few = await cellstate.run([...args, "--max-vocab", "100", "-o", "few"]);
    expect(JSON.parse(few.stdout).vocabulary).toBeLessThanOrEqual(100);
    const frequent = await cellstate.run([...args, "--min-count", "10", "-o", "frequent"]);
    expect(JSON.parse(frequent.stdout).vocabulary).toBeGreaterThan(100);
    expect(JSON.parse(frequent.stdout)).toMatchObject({ settings: { level: "word" }, perplexity: expect.any(Number) });
  });
});

describe("what cannot be trained by words", () => {
  test.each([
    [["kings.txt", "--level", "wrod"], 2, /--level is "wrod"; expected char or word\n {2}did you mean word\?/],
    [["kings.txt", "--level", ""], 2, /--level is ""; expected char or word/],
    [["kings.txt", "--level", "word", "--max-vocab", "3"], 2, /--max-vocab is "3"; expected a whole number from 4 up/],
    [["kings.txt", "--level", "word", "--min-count", "none"], 2, /--min-count is "none"/],
    [["few.txt", "--level", "word"], 3, /few\.txt is 4 words long; expected at least 100/],
    [["once.txt", "--level", "word"], 3, /once\.txt has only words, and all are rare/],
    [["spam.txt", "--level", "word"], 3, /spam\.txt has only one word, again and again/],
    [["--resume", "kings", "--level", "char"], 2, /--level does not go with --resume/],
  ] as [string[], number, RegExp][])("%j ends with %i", async (args, code, says) => {
    writeFileSync(at("few.txt"), "only a few words");
    writeFileSync(at("once.txt"), Array.from({ length: 200 }, (_, k) => `word${k}`).join(" "));
    writeFileSync(at("spam.txt"), `${"spam ".repeat(199)}spam`);
    const ended = await cellstate.run(["train", ...args]);
    expect(ended.stderr).toMatch(says);
    expect({ code: ended.code, stdout: ended.stdout }).toEqual({ code, stdout: "" });
  });
});
