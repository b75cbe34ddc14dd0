/** `cellstate explore`: the page served to this machine alone, and written as one file, with a model in it. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { createModel, dense, embedding, lstm, modelFrom, recurrent, sequential } from "cellstate";
import { saveModel } from "cellstate/node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CommandLine, commandLine } from "./testing.ts";

let cellstate: CommandLine;
beforeAll(async () => {
  cellstate = await commandLine();
  const architecture = sequential(
    embedding({ vocabulary: 3, size: 2 }),
    recurrent(lstm, { units: 4 }),
    dense({ units: 3 }),
  );
  const facts = { vocabulary: { characters: ["a", "b", "c"] } };
  const model = await createModel(architecture, { seed: 5, facts });
  await saveModel(model, join(cellstate.folder, "<b>.safetensors"));
  model.close();
});
afterAll(() => cellstate.remove());

const elements = /<script type="text\/plain" data-model="([^"]*)"( data-own)?>([A-Za-z0-9+/=]*)<\/script>/g;

describe("--out", () => {
  test("writes one page with the model's bytes in it, its name escaped, and no other address", async () => {
    const { code, stdout } = await cellstate.run(["explore", "<b>.safetensors", "--out", "page.html"]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "page.html\n" });
    const page = readFileSync(join(cellstate.folder, "page.html"), "utf8");
    const own = [...page.matchAll(elements)].filter(([, , isOwn]) => isOwn !== undefined);
    expect(own.map(([, name]) => name)).toEqual(["&#60;b&#62;"]);
    const bytes = new Uint8Array(Buffer.from(own[0]![3]!, "base64"));
    expect(bytes).toEqual(new Uint8Array(readFileSync(join(cellstate.folder, "<b>.safetensors"))));
    const model = await modelFrom(bytes);
    expect(model.parameterCount).toBeGreaterThan(0);
    model.close();
    expect(page).toContain("default-src 'none'");
    expect(page).not.toMatch(/<(script|link|img|iframe)[^>]+(src|href)="https?:/);
  });

  test("keeps a file that is there, unless forced", async () => {
    writeFileSync(join(cellstate.folder, "kept.html"), "mine");
    const refused = await cellstate.run(["explore", "--out", "kept.html"]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/kept\.html is there already\n {2}--force replaces it/);
    expect(readFileSync(join(cellstate.folder, "kept.html"), "utf8")).toBe("mine");
    expect((await cellstate.run(["explore", "--out", "kept.html", "--force"])).code).toBe(0);
    expect(readFileSync(join(cellstate.folder, "kept.html"), "utf8")).toContain("Cellstate Explorer");
  });

  test("tells of a damaged model before anything is written", async () => {
    writeFileSync(join(cellstate.folder, "broken.safetensors"), "no model at all");
    const { code, stderr } = await cellstate.run(["explore", "broken.safetensors", "--out", "b.html"]);
    expect(code).toBe(4);
    expect(stderr).toMatch(/^error\[model\]/);
    expect(existsSync(join(cellstate.folder, "b.html"))).toBe(false);
  });
});

/** One request, with the headers as given. */
const ask = (address: string, method: string, path: string, host?: string) =>
  new Promise<{ code: number; headers: Record<string, unknown>; body: string }>((resolve, reject) => {
    const options = { method, path, ...(host !== undefined && { headers: { host } }) };
    const asking = request(address, options, (answer) => {
      let body = "";
      answer.setEncoding("utf8").on("data", (text) => (body += text));
      answer.on("end", () => resolve({ code: answer.statusCode!, headers: answer.headers, body }));
    });
    asking.on("error", reject).end();
  });

describe("the server", () => {
  test("prints its address, gives the page to this machine's own names only, isolated, and ends with Ctrl-C", async () => {
    const started = cellstate.start(["explore", "<b>.safetensors", "--text", "abc"]);
    await started.said(/Ctrl-C ends it/);
    const address = started.printed().trim();
    expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#view=cell&model=%3Cb%3E&text=abc$/);
    const page = await ask(address, "GET", "/");
    expect(page.code).toBe(200);
    expect(page.body).toContain('data-model="&#60;b&#62;" data-own>');
    expect(page.headers).toMatchObject({
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-embedder-policy": "require-corp",
      "x-content-type-options": "nosniff",
    });
    expect((await ask(address, "GET", "/", "evil.example")).code).toBe(403);
    expect((await ask(address, "GET", "/other")).code).toBe(404);
    // no address by the rules: the server must outlive it
    for (const path of ["//", "//[", "http://"]) expect((await ask(address, "GET", path)).code).toBe(404);
    expect((await ask(address, "GET", "/?from=elsewhere")).code).toBe(200);
    expect((await ask(address, "POST", "/")).code).toBe(405);
    const { port } = new URL(address);
    const second = await cellstate.run(["explore", "--port", port]);
    expect(second.code).toBe(2);
    expect(second.stderr).toMatch(new RegExp(`port ${port} is taken\n {2}leave --port out`));
    started.child.kill("SIGINT");
    expect((await started.ended).code).toBe(130);
  });
});
