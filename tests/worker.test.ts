/** `cellstate/worker` as its users have it: the page about it runs as it stands, in Node and in Chromium. */
import { execFile } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { rolldown } from "rolldown";
import { transformSync } from "rolldown/utils";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromium, firefox, inBrowser, whyNot } from "./bits/browsers.ts";
import { type Installed, installLibrary } from "./installed.ts";
import { read } from "./repository.ts";

const run = promisify(execFile);

let installed: Installed;
beforeAll(async () => {
  installed = await installLibrary();
});
afterAll(() => installed.remove());

describe("in a program of its own", () => {
  const example = read("docs/worker.md").match(/^```ts\n([\s\S]*?)^```$/m)![1]!;

  const runs = async (code: string) => {
    const file = join(installed.folder, "program.mjs");
    writeFileSync(file, transformSync("program.ts", code).code);
    return run(process.execPath, [file], { cwd: installed.folder, timeout: 30_000 });
  };

  test("the page's example runs, trains the same bits, and ends", async () => {
    const { stdout, stderr } = await runs(example);
    expect(stderr).toBe("");
    expect(stdout.match(/^\d+ of 50: /gm)).toHaveLength(50);
    expect(stdout.trim().split("\n").slice(-3).join("\n")).toMatch(/^finished [\d.e-]+\n.*\ntrue$/);
  });

  test("an open worker keeps no process alive, but a call under way does", async () => {
    const body = example.slice(0, example.indexOf("\n\n// The same on this thread"));
    const { stdout } = await runs(`${body}\nmodel.trace(sequences(rows)).then(() => console.log("done"));`);
    expect(stdout.trim().split("\n").at(-1)).toBe("done");
  });
});

describe("in a browser", () => {
  const script = `
    const { adam, createModel, crossEntropy, dense, embedding, lstm, recurrent, sequential, train, windows, ShapeError } =
      await import("/index.js");
    const { openWorker } = await import("/worker.js");
    const ids = Uint32Array.from({ length: 4000 }, (_, n) => (n * n + (n >> 3)) % 11);
    const architecture = sequential(embedding({ vocabulary: 11, size: 5 }), recurrent(lstm, { units: 24 }), dense({ units: 11 }));
    const data = windows(ids, { length: 16, batch: 8, carryState: true });
    const options = { loss: crossEntropy(), optimizer: adam({ learningRate: 1e-2 }), clipNorm: 1, epochs: 12, seed: 1 };
    const here = await createModel(architecture, { seed: 4 });
    await train(here, data, options);
    const wanted = here.parameters();
    const text = await (await fetch("/classic.js")).text();
    const classic = () => new Worker(URL.createObjectURL(new Blob([text], { type: "text/javascript" })));
    const results = [];
    for (const worker of [undefined, classic()]) {
      const remote = openWorker({ worker });
      const model = await remote.createModel(architecture, { seed: 4 });
      let ticks = 0, events = 0;
      const clock = setInterval(() => ticks++, 1);
      const history = await model.train(data, { ...options, onProgress: () => events++ });
      clearInterval(clock);
      const got = await model.parameters();
      const same = got.every(({ values }, k) => values.every((v, n) => v === wanted[k].values[n]));
      const stop = new AbortController();
      setTimeout(() => stop.abort(), 50);
      const long = await model.train(data, { ...options, epochs: 1e6, signal: stop.signal });
      const error = await model.predict({ values: [1], shape: [1, 1, 1] }).catch((error) => error);
      await remote.close();
      const late = await model.predict({ values: [1], shape: [1, 1] }).catch((error) => error.code);
      results.push({ same, ticks: ticks > 3, events: events === history.steps, stopped: long.stopped,
        shape: error instanceof ShapeError, late });
    }
    const lost = await openWorker({ worker: new Worker("/nowhere.js", { type: "module" }) }).modelFrom(new Uint8Array(1))
      .catch((error) => error.code + ": " + error.message);
    return { results, lost };`;

  const title =
    "a module worker and a classic one from a Blob train to the bits of the page, which stays free, in $name";
  test.for([chromium, firefox])(title, { timeout: 120_000 }, async (browser, context) => {
    const reason = whyNot(browser);
    context.skip(reason !== undefined, reason);
    const { dist } = installed;
    const names = readdirSync(dist).filter((name) => name.endsWith(".js"));
    const files = new Map(names.map((name) => [name, readFileSync(join(dist, name), "utf8")]));
    const built = await rolldown({ input: join(dist, "workerHost.js"), platform: "browser", tsconfig: false });
    const { output } = await built.generate({ format: "iife", codeSplitting: false });
    await built.close();
    files.set("classic.js", output[0].code);
    const { results, lost } = (await inBrowser(browser, files, script)) as { results: unknown[]; lost: string };
    const good = { same: true, ticks: true, events: true, stopped: "aborted", shape: true, late: "closed" };
    expect(results).toEqual([good, good]);
    expect(lost).toMatch(/^worker: The worker has ended: its file could not be loaded/);
  });
});
