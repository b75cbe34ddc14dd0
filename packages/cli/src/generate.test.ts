/** `cellstate generate`, `inspect` and `quantize`: seeds, prompts, pipes, and files that are no models. */
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createModel, embedding, inputs, lstm, recurrent, residual, sequential } from "cellstate";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CommandLine, commandLine, sampleText } from "./testing.ts";

let cellstate: CommandLine;
const at = (name: string): string => join(cellstate.folder, name);
const generate = (...args: string[]) => cellstate.run(["generate", "kings", ...args]);

beforeAll(async () => {
  cellstate = await commandLine();
  writeFileSync(at("kings.txt"), sampleText(30_000));
  const made = await cellstate.run(["train", "kings.txt", "--units", "32", "--steps", "200", "--name", "kings", "-q"]);
  expect(made.code).toBe(0);
});
afterAll(() => cellstate.remove());

describe("generate", () => {
  test("finds a run by name, folder or file, and writes the same for the same seed, another for another", async () => {
    const [byName, byFolder, byFile, other] = await Promise.all([
      generate("-n", "200"),
      cellstate.run(["generate", "runs/kings", "-n", "200"]),
      cellstate.run(["generate", "runs/kings/model.safetensors", "-n", "200"]),
      generate("-n", "200", "--seed", "43"),
    ]);
    expect(byName.stdout).toHaveLength(201);
    expect(byName.stderr).toBe("");
    expect([byFolder.stdout, byFile.stdout]).toEqual([byName.stdout, byName.stdout]);
    expect(other.stdout).not.toBe(byName.stdout);
  });

  test("always the likeliest: --temp 0, --top-k 1 and a tiny --top-p agree", async () => {
    const [cold, one, narrow] = await Promise.all([
      generate("-n", "80", "--temp", "0"),
      generate("-n", "80", "--top-k", "1", "--seed", "9"),
      generate("-n", "80", "--top-p", "0.0001", "--seed", "11"),
    ]);
    expect(one.stdout).toBe(cold.stdout);
    expect(narrow.stdout).toBe(cold.stdout);
  });

  test("--stop ends before the text, --echo writes the prompt, --samples writes several", async () => {
    const whole = (await generate("-n", "300", "-p", "First")).stdout;
    const stopped = (await generate("-n", "300", "-p", "First", "--stop", "\\n")).stdout;
    expect(stopped).toBe(`${whole.slice(0, whole.indexOf("\n"))}\n`);
    expect((await generate("-n", "5", "-p", "First", "--echo")).stdout).toBe(`First${whole.slice(0, 5)}\n`);
    const several = await generate("-n", "20", "--samples", "3", "--json");
    expect(JSON.parse(several.stdout).samples.map(({ seed }: { seed: number }) => seed)).toEqual([42, 43, 44]);
  });

  test("--cache mixes in what was just written: a cache of no weight changes nothing, one of much does", async () => {
    const [plain, none, much, again] = await Promise.all([
      generate("-n", "200", "--temp", "0"),
      generate("-n", "200", "--temp", "0", "--cache", "100", "--cache-lambda", "0"),
      generate("-n", "200", "--temp", "0", "--cache", "100", "--cache-lambda", "0.9"),
      generate("-n", "200", "--temp", "0", "--cache", "100", "--cache-lambda", "0.9", "--json"),
    ]);
    expect(none.stdout).toBe(plain.stdout);
    expect(much.stdout).not.toBe(plain.stdout);
    const { text, cache } = JSON.parse(again.stdout);
    expect(cache).toEqual({ size: 100, theta: 0.5, lambda: 0.9 });
    expect(`${text}\n`).toBe(much.stdout);
    const alone = await generate("--cache-theta", "1");
    expect(alone.code).toBe(2);
    expect(alone.stderr).toMatch(/--cache-theta says how a cache is mixed in, but there is none\n {2}add --cache 500/);
  });

  test("leaves out what the model does not know, and says so once", async () => {
    const strange = await generate("-n", "30", "-p", "Fi“rst🙂é");
    const plain = await generate("-n", "30", "-p", "First");
    expect(strange.stdout).toBe(plain.stdout);
    expect(strange.stderr).toBe("warning: 3 characters of the prompt are not in the vocabulary (“ 🙂 é) → left out\n");
    expect((await generate("-n", "30", "-p", "ééé")).code).toBe(0);
  });

  test("takes the prompt from a file or a pipe, as JSON gives it back", async () => {
    writeFileSync(at("prompt.txt"), "First");
    const [file, pipe, json] = await Promise.all([
      generate("-n", "30", "--prompt-file", "prompt.txt"),
      cellstate.run(["generate", "kings", "-n", "30", "-p", "-"], { input: "First\n" }),
      generate("-n", "30", "-p", "First", "--json"),
    ]);
    expect(pipe.stdout).toBe(file.stdout);
    expect(JSON.parse(json.stdout)).toMatchObject({ prompt: "First", text: file.stdout.slice(0, -1), seed: 42 });
    expect(json.stderr).toBe("");
  });

  test("into a reader that leaves early ends quietly: `| head`", async () => {
    const reader = spawn("head", ["-c", "1000"], { stdio: ["pipe", "pipe", "ignore"] });
    let read = "";
    reader.stdout.on("data", (text) => (read += text));
    const { child, ended } = cellstate.start(["generate", "kings", "-n", "50000000"]);
    child.stdout!.pipe(reader.stdin);
    reader.stdin.on("error", () => child.stdout!.destroy());
    reader.on("close", () => child.stdout!.destroy());
    const { code, stderr } = await ended;
    expect({ code, stderr, length: read.length }).toEqual({ code: 0, stderr: "", length: 1000 });
  });

  test("is stopped by Ctrl-C with 130", async () => {
    const { child, ended } = cellstate.start(["generate", "kings", "-n", "50000000"]);
    await new Promise((resolve) => child.stdout!.once("data", resolve));
    child.kill("SIGINT");
    expect((await ended).code).toBe(130);
  });
});

describe("inspect", () => {
  test("shows the words of a model of words, and its own measure against a baseline", async () => {
    const facts = {
      task: "king story",
      vocabulary: { words: ["<pad>", "king", "\u001bdies"] },
      data: { name: "stories" },
      training: { settings: { learningRate: 0.007, seed: 3 } },
      validation: { measure: "rulers named", value: 0.995, baseline: { name: "chance", value: 0.17 } },
    };
    const architecture = sequential(embedding({ vocabulary: 3, size: 2 }), recurrent(lstm, { units: 2 }));
    const model = await createModel(architecture, { facts });
    writeFileSync(at("words.safetensors"), model.toBytes({ precision: "f16" }));
    const { stdout } = await cellstate.run(["inspect", "words.safetensors"]);
    expect(stdout).toContain("vocabulary   3 words: <pad> king  dies");
    expect(stdout).toContain("settings    learningRate 0.007, seed 3");
    expect(stdout).toContain("validation  rulers named: 0.995   (chance: 0.17)");
  });

  test("shows a layer's noise, and its equations as they are and as they are trained", async () => {
    const noise = { zoneout: { h: 0.1 }, recurrentDropout: 0.2, weightDrop: 0.5, dropout: 0.3 };
    const table = embedding({ vocabulary: 3, size: 2, dropout: 0.4 });
    const model = await createModel(sequential(table, recurrent(lstm, { units: 2, layers: 2, ...noise })));
    writeFileSync(at("noisy.safetensors"), model.toBytes());
    const { stdout } = await cellstate.run(["inspect", "noisy.safetensors"]);
    expect(stdout).toContain("embedding  3 × 2, dropout 0.4");
    expect(stdout).toContain("2 layers, dropout 0.3, zoneout h 0.1, recurrent dropout 0.2, weight drop 0.5");
    const [, plain, trained] = stdout.split("equations of LSTM");
    expect(plain).toMatch(/^\n {2}f = sigmoid\(W_f @ x \+ R_f @ h\[t-1\]/);
    expect(trained).toMatch(
      /^, while it is trained\n {2}R : dropped\(0\.5\)\n {2}mh = bernoulli\(0\.8, sequence\) \/ 0\.8/,
    );
  });

  test("shows the equations of layers inside others too", async () => {
    const layer = (zoneout: number) => recurrent(lstm, { units: 2, zoneout });
    const inner = sequential(embedding({ vocabulary: 3, size: 2 }), layer(0.125));
    const model = await createModel(sequential(inputs({ word: inner }), residual(layer(0.375))));
    writeFileSync(at("inner.safetensors"), model.toBytes());
    const { stdout } = await cellstate.run(["inspect", "inner.safetensors"]);
    const [, ...shown] = stdout.split("equations of LSTM");
    expect(shown.map((text) => /bernoulli\S+/.exec(text)?.[0])).toEqual([
      undefined,
      "bernoulli(0.125)",
      "bernoulli(0.375)",
    ]);
  });

  test("shows equations, shapes, training; all of it as JSON", async () => {
    const { stdout, stderr } = await cellstate.run(["inspect", "kings"]);
    expect(stderr).toBe("");
    for (const says of [
      /f = sigmoid/,
      /recurrent\.0\.forward\.W_f +\[32, 64\]/,
      /kings\.txt/,
      /seed 42/,
      /bits a character/,
    ]) {
      expect(stdout).toMatch(says);
    }
    const card = JSON.parse((await cellstate.run(["inspect", "kings", "--json"])).stdout);
    expect(card).toMatchObject({
      file: "runs/kings/model.safetensors",
      facts: { task: "language", data: { characters: 30_000 } },
    });
  });

  test("traces a text: means, one gate by name or caption, every unit as a table", async () => {
    const means = await cellstate.run(["inspect", "kings", "--text", "The"]);
    expect(means.stdout).toMatch(/\n {2}T +0\.\d{3} +0\.\d{3}/);
    const [byName, byCaption] = await Promise.all([
      cellstate.run(["inspect", "kings", "--text", "The", "--gate", "f", "--csv"]),
      cellstate.run(["inspect", "kings", "--text", "The", "--gate", "forget", "--csv"]),
    ]);
    expect(byCaption.stdout).toBe(byName.stdout);
    const rows = byName.stdout.trim().split("\n");
    expect(rows.map((row) => row.split(",").length)).toEqual([35, 35, 35, 35]);
    const wrong = await cellstate.run(["inspect", "kings", "--text", "The", "--gate", "forgett"]);
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringMatching(/did you mean forget\?/) });
  });
});

describe("quantize", () => {
  const small = "runs/kings/model.int8.safetensors";

  test("writes a model that generates, is inspected, and is smaller", async () => {
    const made = await cellstate.run(["quantize", "kings"]);
    expect({ code: made.code, stdout: made.stdout }).toEqual({ code: 0, stdout: `${small}\n` });
    expect(made.stderr).toMatch(/KB instead of .+ KB, 8-bit matrices/);
    const [text, again, card, trace] = await Promise.all([
      cellstate.run(["generate", small, "-n", "100"]),
      cellstate.run(["generate", small, "-n", "100"]),
      cellstate.run(["inspect", small]),
      cellstate.run(["inspect", small, "--text", "The", "--gate", "forget"]),
    ]);
    expect(text.stdout).toHaveLength(101);
    expect(again.stdout).toBe(text.stdout);
    expect(card.stdout).toMatch(/safetensors, 8-bit matrices, task: language/);
    expect(trace.stdout).toMatch(/T +0\.\d{3}/);
  });

  test("replaces no file, and no model twice", async () => {
    writeFileSync(at("there.safetensors"), "mine");
    const taken = await cellstate.run(["quantize", "kings", "--output", "there.safetensors"]);
    expect(taken).toMatchObject({ code: 2, stdout: "" });
    expect(taken.stderr).toMatch(/there\.safetensors is there already\n {2}--force replaces it/);
    expect(readFileSync(at("there.safetensors"), "utf8")).toBe("mine");
    const forced = await cellstate.run(["quantize", "kings", "-o", "there.safetensors", "--force", "--json"]);
    const { output, bytes } = JSON.parse(forced.stdout);
    expect(output).toBe("there.safetensors");
    expect(bytes.after).toBeLessThan(bytes.before / 2);
    const twice = await cellstate.run(["quantize", "there.safetensors"]);
    expect(twice).toMatchObject({ code: 2, stderr: expect.stringMatching(/there\.safetensors is quantized already/) });
    const nowhere = await cellstate.run(["quantize", "kings", "-o", "no/such/folder/x.safetensors"]);
    expect(nowhere.code).toBe(7);
  });
});

describe("a file that is no model ends with 4", () => {
  const damage: [string, (bytes: Buffer) => Uint8Array][] = [
    ["a text", () => Buffer.from(sampleText(500))],
    ["empty", () => Buffer.alloc(0)],
    ["cut short", (bytes) => bytes.subarray(0, bytes.length - 100)],
    ["one bit changed", (bytes) => bytes.map((byte, k) => (k === bytes.length - 5 ? byte ^ 4 : byte))],
    [
      "from a newer version",
      (bytes) => Buffer.from(bytes.toString("latin1").replace('\\"format\\":1', '\\"format\\":9'), "latin1"),
    ],
  ];
  test.each(damage)("%s", async (name, change) => {
    const file = `${name.replaceAll(" ", "-")}.safetensors`;
    writeFileSync(at(file), change(readFileSync(at("runs/kings/model.safetensors"))));
    for (const command of ["generate", "inspect"]) {
      const { code, stdout, stderr } = await cellstate.run([command, file]);
      expect({ code, stdout }).toEqual({ code: 4, stdout: "" });
      expect(stderr).toMatch(new RegExp(`^error\\[model\\]: ${file}.+\n {2}.+`));
    }
  });

  test("a directory without one", async () => {
    mkdirSync(at("nothing"));
    expect(await cellstate.run(["generate", "nothing"])).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/without model\.safetensors/),
    });
  });
});
