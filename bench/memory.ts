/** The most memory that this process had, of its own and the runtime's. */
import { existsSync, readFileSync } from "node:fs";

/** Bytes. */
export function peakMemory(): number {
  const status = "/proc/self/status"; // getrusage may tell of the process that started this one
  const line = existsSync(status) ? readFileSync(status, "utf8").match(/^VmHWM:\s+(\d+) kB/m) : null;
  return 1024 * (line ? Number(line[1]) : process.resourceUsage().maxRSS);
}
