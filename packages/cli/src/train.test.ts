/** `cellstate train`: what it writes and says, and every kind of text that is none. */
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CommandLine, commandLine, sampleText } from "./testing.ts";

let cellstate: CommandLine;
const at = (name: string): string => join(cellstate.folder, name);
const small = ["--units", "8", "--embed", "8", "--steps", "6"];

beforeAll(async () => {
  cellstate = await commandLine();
  writeFileSync(at("kings.txt"), sampleText(20_000));
});
afterAll(() => cellstate.remove());

describe("a training", () => {
  test("writes the run's folder, says what it guessed, and prints the model's path alone on stdout", async () => {
    const { code, stdout, stderr } = await cellstate.run(["train", "kings.txt", ...small]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "runs/kings/model.safetensors\n" });
    const files = ["checkpoint", "config.json", "log.ndjson", "metrics.csv", "model.safetensors", "samples.txt"];
    expect(readdirSync(at("runs/kings")).sort()).toEqual(files);
    for (const says of [/guessed: text/, /train 90 % · val 10 %/, /from counts alone/, /seed 42/, /writable: yes/]) {
      expect(stderr).toMatch(says);
    }
    expect(stderr).toMatch(/next: .* generate runs\/kings/);
    expect(stderr).toMatch(/pairs \d\.\d{3}, \d-grams \(Kneser-Ney\) \d\.\d{3} nats\/char/);
    expect(stderr).toMatch(/✘ \d\.\d{3} nats behind counting \d-grams \(\d\.\d{3}\)/);
    const card = await cellstate.run(["inspect", "runs/kings"]);
    expect(card.stdout).toMatch(/pairs of characters: .*\n +\d\.\d{3} nats behind counting \d-grams/);
    expect(stderr).not.toMatch(/\r|\u001b/);
    const rows = readFileSync(at("runs/kings/metrics.csv"), "utf8").trim().split("\n");
    expect(rows).toHaveLength(1 + 6);
    const losses = rows.slice(1).map((row) => Number(row.split(",")[3]));
    expect(losses.at(-1)).toBeLessThan(losses[0]!);
    const events = readFileSync(at("runs/kings/log.ndjson"), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(events.map(({ event }) => event)).toEqual(["start", ...Array(6).fill("record"), "end"]);
    expect(JSON.parse(readFileSync(at("runs/kings/config.json"), "utf8"))).toMatchObject({
      settings: { units: 8, seed: 42 },
    });
  });

  test("never takes another run's place: names are numbered up, --out refuses, --force replaces", async () => {
    const first = await cellstate.run(["train", "kings.txt", ...small, "--name", "twice", "-q"]);
    const second = await cellstate.run(["train", "kings.txt", ...small, "--name", "twice"]);
    expect([first.stdout, second.stdout]).toEqual([
      "runs/twice/model.safetensors\n",
      "runs/twice-2/model.safetensors\n",
    ]);
    expect(second.stderr).toMatch(/runs\/twice-2 {2}\(runs\/twice exists\)/);
    const refused = await cellstate.run(["train", "kings.txt", ...small, "--out", "runs/twice"]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/runs\/twice holds a run already\n {2}--force replaces it/);
    const forced = await cellstate.run(["train", "kings.txt", ...small, "--out", "runs/twice", "--force", "-q"]);
    expect(forced.code).toBe(0);
  });

  test("with --json is one JSON object on stdout; with --quiet nothing on stderr; the same seed gives the same file", async () => {
    const json = await cellstate.run(["train", "kings.txt", ...small, "--json", "-o", "one", "--seed", "7"]);
    expect(JSON.parse(json.stdout)).toMatchObject({ run: "one", steps: 6, settings: { seed: 7 } });
    const quiet = await cellstate.run(["train", "kings.txt", ...small, "--quiet", "-o", "two", "--seed", "7"]);
    expect(quiet.stderr).toBe("");
    expect(readFileSync(at("two/model.safetensors")).equals(readFileSync(at("one/model.safetensors")))).toBe(true);
  });

  test("trains other cells, of the zoo and from a file", async () => {
    writeFileSync(at("leaky.txt"), "h = 0.9 * h[t-1] + tanh(W_h @ x + R_h @ h[t-1] + b_h)  # fades\n");
    const options = [...small, "--json", "-q"];
    const gru = await cellstate.run(["train", "kings.txt", "--cell", "GRU", "-o", "gru", ...options]);
    expect(gru.code).toBe(0);
    const own = await cellstate.run(["train", "kings.txt", "--cell", "leaky.txt", "-o", "leaky", ...options]);
    expect(own.code).toBe(0);
    expect((await cellstate.run(["inspect", "leaky"])).stdout).toMatch(/h = 0\.9 \* h\[t-1\]/);
  });

  test("of a deep, tied and regularised model is what inspect says it is", async () => {
    const deep = ["--units", "8", "--layers", "2", "--tied", "--residual", "--layer-norm"];
    const prices = ["--activity-l2", "2", "--tar", "1"];
    const options = [...deep, ...prices, "--steps", "6", "--dropout", "0.1", "-q", "-o", "deep"];
    expect((await cellstate.run(["train", "kings.txt", ...options])).code).toBe(0);
    const { stdout } = await cellstate.run(["inspect", "deep"]);
    const [, lines] = stdout.match(/layers .*\n([\s\S]*?)\n\n/)!;
    expect(lines!.replace(/\d+ × 8/, "V × 8").replace(/(dense +)\d+/, "$1V")).toBe(
      `  embedding  V × 8
  recurrent  LSTM  units 8, 2 layers, dropout 0.1, residual, layer norm between
  activity   l2 0, temporal 1
  dropout    0.1
  activity   l2 2, temporal 0
  dense      V, tied to embedding.0`,
    );
    expect(stdout).toMatch(/recurrent\.1\.layerNorm\.s +\[8\]/);
    expect(stdout).not.toMatch(/dense\.0\.W/);
    const settings = { tied: true, residual: true, layerNorm: true, activity: { l2: 2, temporal: 1 } };
    expect(JSON.parse(readFileSync(at("deep/config.json"), "utf8"))).toMatchObject({ settings });
  });

  test("with noise is said by inspect, in the equations that are trained", async () => {
    const noise = ["--zoneout", "0.1", "--recurrent-dropout", "0.2", "--weight-drop", "0.3", "--embed-dropout", "0.4"];
    const options = ["--units", "8", "--steps", "6", ...noise, "-q", "-o", "noisy"];
    expect((await cellstate.run(["train", "kings.txt", ...options])).code).toBe(0);
    const { stdout } = await cellstate.run(["inspect", "noisy"]);
    expect(stdout).toMatch(/R : dropped\(0\.3\)/);
    expect(stdout).toMatch(
      /bernoulli\(0\.1\)[\s\S]*bernoulli\(0\.8, sequence\)|bernoulli\(0\.8, sequence\)[\s\S]*bernoulli\(0\.1\)/,
    );
    const settings = { zoneout: 0.1, recurrentDropout: 0.2, weightDrop: 0.3, embeddingDropout: 0.4 };
    expect(JSON.parse(readFileSync(at("noisy/config.json"), "utf8"))).toMatchObject({ settings });
  });

  test("with noise that the cell cannot have is told by the flag's name, before a folder is made", async () => {
    const options = ["--cell", "indRnn", "--weight-drop", "0.5", "-o", "impossible"];
    const { code, stderr } = await cellstate.run(["train", "kings.txt", ...options]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/--weight-drop is 0\.5; expected 0: no matrix of IndRNN/);
    expect(existsSync(at("impossible"))).toBe(false);
  });

  test("that diverges ends with 5, says what to try, and keeps the best model", async () => {
    const options = ["--lr", "1e30", "--clip", "1e30", "-o", "diverged"];
    const { code, stderr } = await cellstate.run(["train", "kings.txt", "--units", "8", "--steps", "400", ...options]);
    expect(code).toBe(5);
    expect(stderr).toMatch(/error\[train\]: step \d+.*not finite|error\[train\]: step \d+.*(NaN|Infinity)/);
    expect(stderr).toMatch(/try --lr/);
  });
});

/** File name, content, what must be said. */
const unfit: [string, string | Uint8Array, RegExp][] = [
  ["empty.txt", "", /empty\.txt is empty/],
  ["tiny.txt", "hello", /tiny\.txt is 5 characters long; expected at least 100/],
  ["binary.dat", new Uint8Array(5000).map((_, k) => (k * 37) % 256), /binary\.dat is binary, not text: byte \d+ is 0/],
  ["paper.pdf", `%PDF-1.7 ${"x".repeat(500)}`, /paper\.pdf is a PDF, not text\n {2}.*pdftotext/],
  ["latin.txt", Buffer.from("très déjà vu, où ça?\n".repeat(30), "latin1"), /latin\.txt is not UTF-8: .*\n {2}.*iconv/],
  ["one.txt", "a".repeat(500), /one\.txt has only one character/],
  ["bom.txt", "\uFEFF", /bom\.txt is empty/],
];

describe("a text that is none", () => {
  test.each(unfit)("%s ends with 3 and leaves no run behind", async (name, content, says) => {
    writeFileSync(at(name), content);
    const { code, stdout, stderr } = await cellstate.run(["train", name, ...small, "-o", `run-${name}`]);
    expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
    expect(stderr).toMatch(says);
    expect(existsSync(at(`run-${name}`))).toBe(false);
  });

  test("missing: the nearest name is suggested", async () => {
    const { code, stderr } = await cellstate.run(["train", "king.txt"]);
    expect({ code, stderr }).toEqual({
      code: 3,
      stderr: "error[data]: king.txt does not exist\n  did you mean kings.txt?\n",
    });
  });

  test("a directory, a run, an empty pipe", async () => {
    mkdirSync(at("texts"));
    writeFileSync(at("texts/a.txt"), "x");
    expect(await cellstate.run(["train", "texts"])).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/is a directory.*\n.*texts\/a\.txt/),
    });
    const run = await cellstate.run(["train", "runs/kings"]);
    expect(run).toMatchObject({ code: 3, stderr: expect.stringMatching(/is a run.*\n.*--resume runs\/kings/) });
    expect(await cellstate.run(["train", "-"], { input: "" })).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/standard input is empty/),
    });
  });

  test("unreadable", async (context) => {
    context.skip(process.getuid?.() === 0, "root may read everything");
    writeFileSync(at("secret.txt"), sampleText(500));
    chmodSync(at("secret.txt"), 0);
    expect(await cellstate.run(["train", "secret.txt"])).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/cannot be read.*\n.*permissions/),
    });
  });
});

describe("an odd text", () => {
  test.each([
    ["crlf.txt", sampleText(3000).replaceAll("\n", "\r\n"), /Windows line ends in [\d ]+ lines, read as \\n/],
    ["emoji.txt", "I 🙂 am 𝒳 so happy 🙃!\n".repeat(60), /→ 14 symbols/],
    ["bom.txt", `\uFEFF${sampleText(1000)}`, /1 000 characters/],
    ["wide.txt", Buffer.from(`\uFEFF${sampleText(1000)}`, "utf16le"), /UTF-16LE by its byte order mark.*/],
    ["damaged.txt", Buffer.concat([Buffer.from(sampleText(1000)), Buffer.from([0xe9])]), /1 damaged character /],
  ] as [string, string | Uint8Array, RegExp][])(
    "%s trains, and what was noticed is said",
    async (name, content, says) => {
      writeFileSync(at(name), content);
      const { code, stderr } = await cellstate.run(["train", name, ...small, "-o", `odd-${name}`]);
      expect(stderr).toMatch(says);
      expect(code).toBe(0);
    },
  );

  test("Windows line ends give the model that Unix ones give", async () => {
    const text = sampleText(3000);
    writeFileSync(at("ends.txt"), text);
    const unix = await cellstate.run(["train", "ends.txt", ...small, "-o", "unix", "--json"]);
    const windows = await cellstate.run(["train", "-", ...small, "-o", "windows", "--json"], {
      input: text.replaceAll("\n", "\r\n"),
    });
    const loss = (stdout: string): number => JSON.parse(stdout).validationLoss;
    expect(loss(windows.stdout)).toBe(loss(unix.stdout));
  });

  test("rare characters become one beyond 4 000, or as --min-count says", async () => {
    const many = Array.from({ length: 5000 }, (_, k) => String.fromCodePoint(0x4e00 + k)).join("");
    writeFileSync(at("many.txt"), "the king and the queen of the north\n".repeat(40) + many);
    const { stderr } = await cellstate.run(["train", "many.txt", ...small, "-o", "many"]);
    expect(stderr).toMatch(/→ \d\d symbols/);
    expect(stderr).toMatch(/5 000 rare characters, each seen fewer than 2 times/);
    const counted = await cellstate.run(["train", "kings.txt", ...small, "-o", "counted", "--min-count", "50"]);
    expect(counted.stderr).toMatch(/rare characters, each seen fewer than 50 times/);
  });
});

describe("the output", () => {
  test("is proved writable before the text is read: a file in the way, no permission", async (context) => {
    writeFileSync(at("file"), "");
    const inWay = await cellstate.run(["train", "missing.txt", "-o", "file/run"]);
    expect(inWay).toMatchObject({ code: 7, stderr: expect.stringMatching(/error\[resources\]: file is a file/) });
    const closed = process.getuid?.() === 0 ? "/proc/run" : at("closed/run");
    if (closed !== "/proc/run") {
      mkdirSync(at("closed"));
      chmodSync(at("closed"), 0o500);
    }
    context.skip(closed === "/proc/run" && !existsSync("/proc"), "root may write everywhere, and there is no /proc");
    expect(await cellstate.run(["train", "missing.txt", "-o", closed])).toMatchObject({
      code: 7,
      stderr: expect.stringMatching(/nothing can be written in/),
    });
  });
});
