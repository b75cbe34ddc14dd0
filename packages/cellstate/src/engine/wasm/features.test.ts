import { execFileSync } from "node:child_process";
import { afterEach, describe, expect, test, vi } from "vitest";
import { detectFeatures, type Features } from "./features.ts";

/** Looks again, with what the test has changed about the runtime. */
async function lookAgain(): Promise<Features> {
  vi.resetModules();
  return (await import("./features.ts")).detectFeatures();
}

afterEach(() => vi.unstubAllGlobals());

describe("features", () => {
  test("are found once and stay the same", () => {
    expect(detectFeatures()).toBe(detectFeatures());
    expect(detectFeatures().simd.state).toBe("works");
  });

  test("that Node offers come out right, and say whether a sum of a product is rounded once", () => {
    const { relaxedDot, relaxedMadd, sharedMemory } = detectFeatures();
    // V8 has relaxed vectors from 11.4 on without a flag; here one is asked whether the test's idea of it is right
    const offers = Number.parseFloat(process.versions.v8) >= 11.4 ? "works" : "missing";
    expect([relaxedDot.state, relaxedMadd.state]).toEqual([offers, offers]);
    if (offers === "works") expect(relaxedMadd.why).toBe(relaxedMadd.fuses ? "rounds once" : "rounds twice");
    expect(sharedMemory.state).toBe("works");
  });

  test("are not believed where the numbers are wrong: Node 20 has a flag for an integer dot product that is", (context) => {
    context.skip(!process.version.startsWith("v20."), "only Node 20 has that flag");
    const script = `const { detectFeatures } = await import(${JSON.stringify(new URL("features.ts", import.meta.url).href)});
      console.log(JSON.stringify(detectFeatures()));`;
    const strip = new URL("../../../../../scripts/typescript.mjs", import.meta.url).href;
    const args = ["--experimental-wasm-relaxed-simd", "--import", strip, "--input-type=module", "-e", script];
    const found = JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" })) as Features;
    expect(found.relaxedDot.state).toBe("wrong");
    expect(found.relaxedMadd.state).toBe("works");
  });

  test("without SharedArrayBuffer say what a page has to do", async () => {
    vi.stubGlobal("SharedArrayBuffer", undefined);
    expect((await lookAgain()).sharedMemory).toEqual({ state: "missing", why: "this runtime does not offer it" });
    vi.stubGlobal("crossOriginIsolated", false);
    const { sharedMemory } = await lookAgain();
    expect(sharedMemory.state).toBe("missing");
    expect(sharedMemory.why).toMatch(/COOP.*COEP/);
  });

  test("of which nothing validates are missing, and nothing is run", async () => {
    vi.stubGlobal("WebAssembly", { ...WebAssembly, validate: () => false });
    const found = await lookAgain();
    expect(Object.values(found).map(({ state }) => state)).toEqual(["missing", "missing", "missing", "missing"]);
  });
});
