/** The command's outer shape: help, versions, wrong words, exit codes, where errors go. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import manifest from "../package.json" with { type: "json" };
import { type CommandLine, commandLine } from "./testing.ts";

let cellstate: CommandLine;
beforeAll(async () => {
  cellstate = await commandLine();
});
afterAll(() => cellstate.remove());

describe("help", () => {
  test.each([[[]], [["--help"]], [["-h"]], [["help"]]])("%j lists every command on stdout", async (args) => {
    const { code, stdout, stderr } = await cellstate.run(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    for (const name of ["train", "generate", "explore", "inspect", "quantize", "schedule", "doctor", "demo"])
      expect(stdout).toMatch(` ${name} `);
  });

  test.each([["train"], ["generate"], ["explore"], ["inspect"], ["quantize"], ["schedule"], ["doctor"], ["demo"]])(
    "of %s shows examples first, then flags; `--help` and `help` are one",
    async (name) => {
      const [one, other] = await Promise.all([cellstate.run(["help", name]), cellstate.run([name, "--help"])]);
      expect(one.stdout).toBe(other.stdout);
      expect(one.stdout.indexOf(`  cellstate ${name}`)).toBeLessThan(one.stdout.indexOf("--json"));
      expect(one.stdout.indexOf(`  cellstate ${name}`)).toBeGreaterThan(0);
    },
  );

  test("the version is the package's", async () => {
    expect((await cellstate.run(["--version"])).stdout).toBe(`${manifest.version}\n`);
  });
});

/** Arguments, the exit code, and what stderr must say. */
const wrong: [string[], number, RegExp][] = [
  [["trian", "x.txt"], 2, /no command "trian"\n {2}did you mean train\?/],
  [["train"], 2, /train needs a text/],
  [["train", "a", "b"], 2, /what is "b"\?/],
  [["generate", "x", "--tempreature", "1"], 2, /--tempreature: did you mean --temperature\?/],
  [["train", "x", "--hiden", "3"], 2, /--hiden: did you mean --hidden\?/],
  [["train", "x", "--prompt", "hi"], 2, /--prompt is a flag of cellstate generate/],
  [["train", "x", "--zzzzzz"], 2, /--zzzzzz is no flag of this command\n {2}all flags: cellstate help train/],
  [["train", "x", "--units", "0"], 2, /--units is "0"; expected a whole number from 1 to 8192/],
  [["train", "x", "--units", "1.5"], 2, /--units is "1.5"; expected a whole number/],
  [["train", "x", "--lr", "fast"], 2, /--lr is "fast"; expected a number/],
  [["train", "x", "--units"], 2, /--units needs a value/],
  [["train", "x", "--name", "--force"], 2, /--name needs a value, but --force follows/],
  [["train", "x", "--force=yes"], 2, /--force takes no value/],
  [["train", "x", "--cell", "lsmt"], 2, /no cell "lsmt"\n {2}did you mean lstm\?/],
  [["train", "x", "--cell", "lstmp"], 2, /LSTMP needs a size for projection/],
  [["generate"], 2, /generate needs a model/],
  [["generate", "nowhere"], 4, /nowhere does not exist/],
  [["quantize"], 2, /quantize needs a model/],
  [["explore", "nowhere"], 4, /nowhere does not exist/],
  [["explore", "--text", "hi"], 2, /--text needs a model that reads it/],
  [["explore", "--port", "70000"], 2, /--port is "70000"; expected a whole number from 1 to 65535/],
  [["doctor", "x"], 2, /doctor takes no operand; what is "x"\?/],
  [["schedule"], 2, /schedule needs a cell/],
  [["schedule", "lstm", "--size", "heads=2"], 2, /LSTM has no axis heads/],
  [["train", "--resume", "nowhere"], 4, /nowhere is no run/],
  [["train", "--resume"], 2, /there is no run in runs\//],
];

describe("a wrong word", () => {
  test.each(wrong)("%j ends with %i and says how to mend it, on stderr alone", async (args, code, says) => {
    const ended = await cellstate.run(args);
    expect(ended.stderr).toMatch(says);
    expect({ code: ended.code, stdout: ended.stdout }).toEqual({ code, stdout: "" });
    expect(ended.stderr).toMatch(/^error\[(usage|data|model)\]: .+\n {2}.+/);
    expect(ended.stderr).not.toMatch(/ at .*\.m?[jt]s:/);
  });

  test("with --json is JSON on stdout too, with the exit code", async () => {
    const { code, stdout } = await cellstate.run(["generate", "nowhere", "--json"]);
    expect(code).toBe(4);
    expect(JSON.parse(stdout)).toMatchObject({ error: { kind: "model", message: "nowhere does not exist" }, exit: 4 });
  });
});

describe("doctor", () => {
  test("prints what it found and measured, and gives it as JSON", async () => {
    const { code, stdout, stderr } = await cellstate.run(["doctor"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    for (const says of [/^Node \d+/, /128-bit vectors +works/, /8-bit products +\w+:/, /\d GFLOP\/s/, /\d GB\/s/]) {
      expect(stdout).toMatch(says);
    }
    const report = JSON.parse((await cellstate.run(["doctor", "--json"])).stdout);
    expect(report.measured.multiplyAdd).toBeGreaterThan(1e8);
  });
});

describe("schedule", () => {
  test("shows the draws that a training makes, and their means otherwise", async () => {
    const { writeFileSync } = await import("node:fs");
    writeFileSync(`${cellstate.folder}/noisy.txt`, "h = bernoulli(0.8) * tanh(W_h @ x + b_h)\n");
    const [plain, training] = await Promise.all([
      cellstate.run(["schedule", "noisy.txt"]),
      cellstate.run(["schedule", "noisy.txt", "--training"]),
    ]);
    expect(plain.stdout).toContain("h = 0.8 * tanh(Σh)");
    expect(training.stdout).toContain("h = step(0.8 - noise(0)) * tanh(Σh)");
  });

  test("prints a cell's page whatever its spelling", async () => {
    const [one, other] = await Promise.all([cellstate.run(["schedule", "LSTM"]), cellstate.run(["schedule", "lstm"])]);
    expect(one.stdout).toBe(other.stdout);
    expect(one.stdout).toMatch(/FLOP/);
    expect(one.stdout).toMatch(/kept/);
    expect(one.stderr).toBe("");
  });

  test("takes sizes, and gives JSON", async () => {
    const page = await cellstate.run(["schedule", "lstmp", "--units", "670", "--size", "projection=320"]);
    expect(page.stdout).toMatch(/units 670/);
    const { stdout } = await cellstate.run(["schedule", "gru", "--json", "--units", "256", "--input", "64"]);
    expect(JSON.parse(stdout)).toMatchObject({ cell: { name: "GRU" }, sizes: { units: 256, input: 64 } });
  });

  test("reads equations from a file, and shows where they are wrong", async () => {
    const { writeFileSync } = await import("node:fs");
    writeFileSync(`${cellstate.folder}/leaky.txt`, "h = 0.9 * h[t-1] + tanh(W_h @ x + b_h)\n");
    writeFileSync(`${cellstate.folder}/bad.txt`, "h = tanh(W_h @ x + g)\n");
    expect((await cellstate.run(["schedule", "leaky.txt"])).stdout).toMatch(/^leaky/);
    const { code, stderr } = await cellstate.run(["schedule", "bad.txt"]);
    expect(code).toBe(3);
    expect(stderr).toMatch(/line 1, column \d+: .*g.*\n.*h = tanh\(W_h @ x \+ g\)\n +\^/);
  });
});
