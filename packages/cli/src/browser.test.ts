/** Who is let in to the page, and what happens where no browser can be started. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { hostsOf, openInBrowser } from "./browser.ts";

test("this machine's names are let in with the port, and without it where browsers leave it out", () => {
  expect([...hostsOf(8080)]).toEqual(["127.0.0.1:8080", "localhost:8080"]);
  expect([...hostsOf(80)]).toEqual(["127.0.0.1:80", "localhost:80", "127.0.0.1", "localhost"]);
});

test.runIf(process.platform === "linux")("an address longer than a command may be is left to whoever reads it", () => {
  const folder = mkdtempSync(join(tmpdir(), "opener-"));
  const before = process.env["PATH"];
  try {
    writeFileSync(join(folder, "xdg-open"), "#!/bin/sh\n");
    chmodSync(join(folder, "xdg-open"), 0o755);
    process.env["PATH"] = folder;
    // Linux takes 131,072 bytes
    expect(() => openInBrowser(`http://127.0.0.1:8080/#text=${"%D0%AF".repeat(30_000)}`)).not.toThrow();
  } finally {
    process.env["PATH"] = before;
    rmSync(folder, { recursive: true });
  }
});
