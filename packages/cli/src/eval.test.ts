/** `cellstate eval`: the figures of the training, other texts, gates with their exit code, and what cannot be judged. */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createModel, dense, lstm, modelFrom, recurrent, sequential } from "cellstate";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CommandLine, commandLine, sampleText } from "./testing.ts";

let cellstate: CommandLine;
const at = (name: string): string => join(cellstate.folder, name);
const small = ["--units", "13", "--embed", "8", "--steps", "60", "--batch", "8", "--window", "16", "-q"];
const evaluated = async (...args: string[]) => {
  const { code, stdout, stderr } = await cellstate.run(["eval", ...args, "--json"]);
  return { code, stderr, result: JSON.parse(stdout) };
};

beforeAll(async () => {
  cellstate = await commandLine();
  writeFileSync(at("kings.txt"), sampleText(20_000));
  writeFileSync(at("other.txt"), sampleText(40_000).slice(30_000));
  for (const level of ["char", "word"]) {
    const { code, stderr } = await cellstate.run(["train", "kings.txt", "--level", level, ...small, "-o", level]);
    expect(code, stderr).toBe(0);
  }
}, 120_000);
afterAll(() => cellstate.remove());

describe.each(["char", "word"])("a model trained with --level %s", (run) => {
  test("has the validation loss that training told, found by the run's config", async () => {
    const { code, result } = await evaluated(run);
    expect(code).toBe(0);
    const lines = readFileSync(at(`${run}/log.ndjson`), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(result.loss).toBeCloseTo(lines.find(({ event }) => event === "end").validationLoss, 5);
    expect(result).toMatchObject({ part: "validation", text: "kings.txt", gates: [], isPassed: true });
    expect(result.bitsPerCharacter).toBeCloseTo((result.loss * result.tokens) / result.characters / Math.LN2, 9);
    const { unigram, bigram, kneserNey } = result.baseline;
    expect(result.strongestBaseline.loss).toBe(Math.min(unigram, bigram, kneserNey.loss));
    const named = await evaluated(run, "kings.txt", "--validation");
    expect(named.result).toEqual(result);
  });

  test("is judged on another text from a file and from a pipe, with what counting in its own reaches there", async () => {
    const file = await evaluated(run, "other.txt");
    expect(file.code).toBe(0);
    expect(file.result.part).toBe("all");
    expect(file.result.baseline.bigram).toBeLessThan(file.result.baseline.uniform);
    const piped = await cellstate.run(["eval", run, "-", "--json"], { input: readFileSync(at("other.txt")) });
    expect(JSON.parse(piped.stdout)).toEqual({ ...file.result, text: "standard input" });
  });

  test("says in words how good it is, on stdout, and how much it cannot know", async () => {
    const { stdout, stderr } = await cellstate.run(["eval", run, "other.txt"]);
    expect(stderr).toBe("");
    expect(stdout).toMatch(/on other\.txt: [\d ]+ (characters|words and signs)/);
    for (const line of [
      /loss +\d\.\d{4} nats a (character|word)\n/,
      /bits\/char +\d/,
      /accuracy +[\d.]+ %/,
      /unknown +[\d.]+ %/,
    ]) {
      expect(stdout).toMatch(line);
    }
    expect(stdout).toMatch(/[✔✘] (\d+ % below|no better than) .*(Kneser-Ney|characters|words)\)? \(\d/);
  });
});

test("says where a text is the one that was trained on, and what the model had to leave out", async () => {
  const own = await cellstate.run(["eval", "char", "kings.txt"]);
  expect(own.stdout).toMatch(
    /\(most of it is what it was trained on; --validation judges the part that it has not seen\)/,
  );
  expect((await evaluated("char", "kings.txt")).result.isSeen).toBe(true);
  for (const args of [["char"], ["char", "other.txt"]]) expect((await evaluated(...args)).result.isSeen).toBe(false);
  writeFileSync(at("half.txt"), "the字字字 the字字");
  const half = await cellstate.run(["eval", "char", "half.txt"]);
  expect(half.stdout).toContain("unknown      41.67 % of the characters, left out: the model has no sign for them\n");
});

test("says in how much was counted, where a limit made it less than the training part", async () => {
  const { settings, ...config } = JSON.parse(readFileSync(at("char/config.json"), "utf8"));
  const { stdout } = await cellstate.run(["eval", "char"]);
  expect(stdout).toMatch(/\(Kneser-Ney\) \d\.\d{3}\n/);
  mkdirSync(at("part"), { recursive: true });
  const model = await modelFrom(readFileSync(at("char/model.safetensors")));
  const { facts } = model as { facts: { training?: object; baseline?: { kneserNey?: object } } };
  const training = { ...facts.training, settings: { ...settings, baselineLimit: 5000 } };
  const baseline = { ...facts.baseline, kneserNey: { ...facts.baseline?.kneserNey, counted: 5000 } };
  writeFileSync(at("part/model.safetensors"), model.withFacts({ ...model.facts, training, baseline }).toBytes());
  writeFileSync(at("part/config.json"), JSON.stringify({ ...config, settings }));
  const part = await cellstate.run(["eval", "part"]);
  expect(part.stdout).toMatch(/\(Kneser-Ney\) \d\.\d{3}, n-grams of the last 5 000\n/);
  expect((await cellstate.run(["inspect", "part"])).stdout).toMatch(
    /counting .* \([\d.]+\), n-grams of the last 5 000\n/,
  );
});

describe("gates", () => {
  test("that are met end with 0", async () => {
    const gates = ["--max-loss", "9", "--max-perplexity", "9000", "--max-bpc", "9", "--min-accuracy", "0.01"];
    const { code, result } = await evaluated("char", ...gates);
    expect(code).toBe(0);
    expect(result.isPassed).toBe(true);
    expect(result.gates.map(({ gate }: { gate: string }) => gate)).toEqual(gates.filter((one) => one.startsWith("--")));
  });

  test("that are missed end with 6, say each on stderr, and leave the figures on stdout", async () => {
    const gates = ["--max-loss", "0.5", "--max-ppl", "1.5", "--max-bpc", "0.1", "--min-accuracy", "0.99"];
    const { code, stdout, stderr } = await cellstate.run(["eval", "char", ...gates]);
    expect(code).toBe(6);
    expect(stdout).toMatch(/✘ --max-loss 0\.5 {3}\d\.\d{4}\n✘ --max-perplexity 1\.5 /);
    expect(stderr.replace(/\d+\.\d{4}/g, "N")).toBe(
      [
        "error[quality]: the loss is N; --max-loss asks for at most 0.5",
        "error[quality]: the perplexity is N; --max-perplexity asks for at most 1.5",
        "error[quality]: bits a character are N; --max-bpc asks for at most 0.1",
        "error[quality]: the accuracy is N; --min-accuracy asks for at least 0.99\n",
      ].join("\n"),
    );
    const json = await evaluated("char", "--max-loss", "0.5");
    expect(json).toMatchObject({ code: 6, result: { isPassed: false, gates: [{ limit: 0.5, isMet: false }] } });
  });

  test("compare with counting: 60 updates do not beat pairs of characters, and that is said", async () => {
    const { code, stderr } = await cellstate.run(["eval", "char", "--beat-baseline"]);
    expect(code).toBe(6);
    expect(stderr).toMatch(
      /^error\[quality\]: the loss against .* is \d\.\d{4}; --beat-baseline asks for less than \d\.\d{4}\n$/,
    );
  });

  test("count with a cache where one is asked for", async () => {
    const { result } = await evaluated("char", "--cache", "100", "--cache-lambda", "0.2", "--max-loss", "9");
    expect(result.cached).toMatchObject({ cache: { size: 100, theta: 0.5, lambda: 0.2 } });
    expect(result.gates[0].value).toBe(result.cached.loss);
    expect(result.cached.loss).not.toBe(result.loss);
    const chosen = await evaluated("char", "--cache", "100", "--cache-choose", "0.5");
    const { chosenOn, without, cache } = chosen.result.cached;
    expect(chosenOn).toBe(Math.floor(chosen.result.tokens / 2));
    expect(without).not.toBe(chosen.result.loss);
    const shown = await cellstate.run(["eval", "char", "--cache", "100", "--cache-choose", "0.5"]);
    expect(shown.stdout).toContain(`(θ ${cache.theta}, λ ${cache.lambda} chosen on the first`);
    for (const beside of [[], ["--cache", "9", "--cache-theta", "1"], ["--cache", "9", "--beat-baseline"]]) {
      const refused = await cellstate.run(["eval", "char", "--cache-choose", "0.5", ...beside]);
      expect(refused.stderr).toMatch(/^error\[usage\]: --(cache-choose chooses|beat-baseline compares)/);
    }
    // the verdict is about what the baseline was judged on, and says where a cache is in it
    const percent = (loss: number): string => {
      const better = 1 - loss / chosen.result.strongestBaseline.loss;
      return better > 0 ? `✔ ${(100 * better).toFixed(0)} % below` : "✘ no better than";
    };
    expect(shown.stdout).toMatch(new RegExp(`^${percent(chosen.result.loss)} [^,]*$`, "m"));
    const mixed = await cellstate.run(["eval", "char", "--cache", "100", "--cache-lambda", "0.2"]);
    expect(mixed.stdout).toMatch(new RegExp(`^${percent(result.cached.loss)} .*, with the cache$`, "m"));
    const alone = await cellstate.run(["eval", "char", "--cache-theta", "1"]);
    expect(alone).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/--cache-theta says how a cache is mixed in/),
    });
  });

  test("against counting need the text that was counted in", async () => {
    mkdirSync(at("alone"), { recursive: true });
    copyFileSync(at("char/model.safetensors"), at("alone/model.safetensors"));
    const missing = await cellstate.run(["eval", "alone", "other.txt", "--beat-baseline"]);
    expect(missing.code).toBe(2);
    expect(missing.stderr).toMatch(/which is not known\n {2}name it: .* --train-text FILE --beat-baseline/);
    const named = await evaluated("alone", "other.txt", "--train-text", "kings.txt");
    const known = await evaluated("char", "other.txt");
    expect(named.result.baseline).toEqual(known.result.baseline);
    const wrong = await cellstate.run(["eval", "alone", "other.txt", "--train-text", "other.txt"]);
    expect(wrong).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/other\.txt is not the text that the model was trained on/),
    });
  });
});

describe("what cannot be judged", () => {
  test.each([
    [["eval", "char", "--max-loss", "low"], 2, /--max-loss is "low"; expected a number from 0 up/],
    [["eval", "char", "--min-accuracy", "55"], 2, /--min-accuracy is "55"; expected a number from 0 to 1/],
    [["eval", "char", "--max-perplexity", "0"], 2, /--max-perplexity is "0"; expected a number from 1 up/],
    [["eval", "char", "--min-acuracy", "0.5"], 2, /did you mean --min-accuracy\?/],
    [["eval"], 2, /eval needs a model/],
    [["eval", "char", "other.txt", "third.txt"], 2, /eval takes two operands; what is "third\.txt"\?/],
    [["eval", "nowhere"], 4, /nowhere does not exist/],
    [["eval", "char", "other.txt", "--validation"], 3, /other\.txt is another text than the model was trained on/],
    [["eval", "char", "missing.txt"], 3, /missing\.txt does not exist/],
    [["eval", "char", "-"], 3, /standard input is empty/],
  ] as [string[], number, RegExp][])("%j ends with %i", async (args, code, says) => {
    const ended = await cellstate.run(args, { input: "" });
    expect(ended.stderr).toMatch(says);
    expect({ code: ended.code, stdout: ended.stdout }).toEqual({ code, stdout: "" });
  });

  test.each([
    ["one.txt", "a", /one\.txt is 1 character long; expected at least two characters/],
    ["none.txt", "", /none\.txt is empty/],
    ["strange.txt", "字字字字", /strange\.txt is empty, as far as the model knows it/],
    ["binary.dat", new Uint8Array(500).map((_, k) => (k * 37) % 256), /binary\.dat is binary, not text/],
    ["word.txt", "king", /word\.txt is 1 word long; expected at least two words/, "word"],
    ["space.txt", " ", /space\.txt is 1 word long/, "word"],
  ] as [string, string | Uint8Array, RegExp, string?][])(
    "%s ends with 3",
    async (name, content, says, run = "char") => {
      writeFileSync(at(name), content);
      const { code, stdout, stderr } = await cellstate.run(["eval", run, name]);
      expect(stderr).toMatch(says);
      expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
    },
  );

  test("a run whose text has changed, or is not there", async () => {
    mkdirSync(at("moved"), { recursive: true });
    copyFileSync(at("char/model.safetensors"), at("moved/model.safetensors"));
    const config = JSON.parse(readFileSync(at("char/config.json"), "utf8"));
    for (const [path, says] of [
      [
        at("other.txt"),
        /other\.txt is another text than the model was trained on[\s\S]* judged whole: cellstate eval .*other\.txt$/m,
      ],
      [
        at("gone.txt"),
        /gone\.txt does not exist[\s\S]*if the text has moved: cellstate eval moved --train-text NEW-PLACE/,
      ],
    ] as const) {
      writeFileSync(at("moved/config.json"), JSON.stringify({ ...config, data: { ...config.data, path } }));
      const { code, stderr } = await cellstate.run(["eval", "moved"]);
      expect(stderr).toMatch(says);
      expect(code).toBe(3);
    }
    copyFileSync(at("char/model.safetensors"), at("bare.safetensors"));
    const bare = await cellstate.run(["eval", "bare.safetensors"]);
    expect(bare).toMatchObject({ code: 2, stderr: expect.stringMatching(/bare\.safetensors lies in no run/) });
  });

  test("a model that is no language model, or no model", async () => {
    writeFileSync(at("broken.safetensors"), "not a model");
    expect((await cellstate.run(["eval", "broken.safetensors", "other.txt"])).code).toBe(4);
    const values = await createModel(sequential(recurrent(lstm, { units: 2 }), dense({ units: 1 })), {
      input: 1,
      facts: { task: "forecast" },
    });
    writeFileSync(at("values.safetensors"), values.toBytes());
    const { code, stderr } = await cellstate.run(["eval", "values.safetensors", "other.txt"]);
    expect(stderr).toMatch(/model is made for the task "forecast"; expected a model with a vocabulary of/);
    expect(code).toBe(4);
  });
});

test("an 8-bit model is judged too, and a little off", async () => {
  expect((await cellstate.run(["quantize", "char"])).code).toBe(0);
  const [whole, small] = [await evaluated("char"), await evaluated("char/model.int8.safetensors")];
  expect(small.code).toBe(0);
  expect(small.result.loss).not.toBe(whole.result.loss);
  expect(Math.abs(small.result.loss / whole.result.loss - 1)).toBeLessThan(0.05);
});
