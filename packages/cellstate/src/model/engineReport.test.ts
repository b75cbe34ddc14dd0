import { describe, expect, test } from "vitest";
import { describeEngine } from "./engineReport.ts";

describe("describeEngine", () => {
  test("says where it runs, what works there, and what is taken for what", async () => {
    const report = await describeEngine({ measure: false });
    expect(report.runtime).toBe("Node");
    expect(report.version).toContain(process.versions.node);
    expect(report.cores).toBeGreaterThan(0);
    expect(report.features.map(({ name }) => name)).toEqual(["simd", "relaxedDot", "relaxedMadd", "sharedMemory"]);
    expect(report.threads).toBe(Math.min(8, report.cores!));
    expect(report.features[0]).toMatchObject({ state: "works" });
    const dot = report.features.find(({ name }) => name === "relaxedDot")!;
    const int8 = report.kernels.find(({ name }) => name === "int8")!;
    expect(/^(relaxed|paired)/.test(int8.kernel)).toBe(dot.state === "works");
    expect(report).not.toHaveProperty("measured");
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  test("measures in less than two seconds, and what the library reaches is below what the machine can", async () => {
    const [wall, own] = [performance.now(), process.cpuUsage()];
    const { measured } = await describeEngine();
    const { user, system } = process.cpuUsage(own);
    // of a machine that others use too, this process' own time
    expect(Math.min(performance.now() - wall, (user + system) / 1000)).toBeLessThan(2000);
    const { multiplyAdd, read, float32, int8 } = measured!;
    for (const rate of [multiplyAdd, read, float32, int8]) expect(rate).toBeGreaterThan(1e8);
    // a third more: the clock moves between the two
    expect(float32 / multiplyAdd).toBeLessThan(4 / 3);
  });
});
