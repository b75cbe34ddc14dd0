import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const source = (path: string) => fileURLToPath(new URL(`./packages/cellstate/src/${path}`, import.meta.url));
const long = ["packages/**/src/**/*.long.test.ts", "apps/**/*.long.test.ts", "tests/**/*.long.test.ts"];
const ignored = ["**/node_modules/**", "**/dist/**"];

export default defineConfig({
  // tests run the sources, never a build that may be stale
  resolve: {
    alias: [
      { find: /^cellstate$/, replacement: source("index.ts") },
      { find: /^cellstate\/(analysis|metrics|node|tasks|worker)$/, replacement: source("$1.ts") },
    ],
  },
  test: {
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // a page on a busy machine takes its time; what never comes still fails
    expect: { poll: { timeout: 20_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: "fast",
          include: ["packages/**/src/**/*.test.ts", "apps/**/*.test.ts", "tests/**/*.test.ts"],
          exclude: [...long, ...ignored],
        },
      },
      {
        extends: true,
        test: { name: "long", include: long, exclude: ignored, testTimeout: 30 * 60_000 },
      },
    ],
  },
});
