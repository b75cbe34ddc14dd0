/** The built page: where it is, and how it comes there. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const app = fileURLToPath(new URL("..", import.meta.url));
export const builtPage = `${app}dist/index.html`;

/** `npm test` has just built; a run of these tests alone builds for itself. */
export function build(): void {
  if (process.env["CELLSTATE_BUILT"] && existsSync(builtPage)) return;
  const vite = fileURLToPath(import.meta.resolve("vite")).replace(/dist\/.*$/, "bin/vite.js");
  execFileSync(process.execPath, [vite, "build", "--logLevel", "warn"], {
    cwd: app,
    stdio: ["ignore", "ignore", "inherit"],
  });
}
