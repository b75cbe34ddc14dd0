/**
 * Debian's browsers without a window: a page on this machine is opened in a fresh profile, posts what its script
 * returns, and the browser is ended again. No driver, no dependency.
 */
import { execFileSync, spawn } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { freshFolder } from "./bundle.ts";

export interface Browser {
  readonly name: string;
  readonly command: string;
  /** Writes into the profile, and returns the arguments. */
  arguments(profile: string, address: string): string[];
}

const chromiumOff = ["gpu", "quic", "background-networking", "component-update", "sync", "dev-shm-usage"];

/** Nothing that would reach for a network, and no questions. */
const firefoxOff = {
  "app.normandy.enabled": false,
  "app.update.enabled": false,
  "browser.aboutwelcome.enabled": false,
  "browser.safebrowsing.downloads.remote.enabled": false,
  "browser.safebrowsing.malware.enabled": false,
  "browser.safebrowsing.phishing.enabled": false,
  "browser.shell.checkDefaultBrowser": false,
  "datareporting.policy.dataSubmissionEnabled": false,
  "datareporting.policy.dataSubmissionPolicyBypassNotification": true,
  "extensions.update.enabled": false,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "network.http.http3.enable": false,
  "services.settings.server": "data:,",
  "toolkit.telemetry.reportingpolicy.firstRun": false,
};

export const chromium: Browser = {
  name: "Chromium",
  command: "chromium",
  arguments: (profile, address) => [
    "--headless",
    "--no-sandbox", // without it no root, and so no container, can start it
    "--no-first-run",
    ...chromiumOff.map((name) => `--disable-${name}`),
    `--user-data-dir=${profile}`,
    address,
  ],
};

export const firefox: Browser = {
  name: "Firefox",
  command: "firefox-esr",
  arguments(profile, address) {
    const lines = Object.entries(firefoxOff).map(([name, value]) => `user_pref("${name}", ${JSON.stringify(value)});`);
    writeFileSync(join(profile, "user.js"), lines.join("\n"));
    return ["--headless", "--no-remote", "--profile", profile, address];
  },
};

/** Why this browser cannot be used, or undefined. */
export function whyNot({ command, name }: Browser): string | undefined {
  try {
    execFileSync("which", [command], { stdio: "ignore" });
    return undefined;
  } catch {
    return `${name} is not installed: no ${command} in the PATH`;
  }
}

const PATIENCE = 90_000; // milliseconds until a page must have answered

/**
 * Runs a script, the body of a module's async function, in a page and returns what it returns.
 *
 * @param files - what the page may import, by name: `job.js`, and other pages that it may show: `page.html`
 * @param isIsolated - served so that it may share memory with its workers (cross-origin isolation)
 */
export async function inBrowser(
  browser: Browser,
  files: ReadonlyMap<string, string>,
  script: string,
  isIsolated = false,
): Promise<unknown> {
  const page = `<!doctype html><meta charset="utf-8"><script type="module">
    const answer = async () => { ${script} };
    const say = (body) => fetch("/answer", { method: "POST", body: JSON.stringify(body) });
    answer().then((value) => say({ value, agent: navigator.userAgent }), (error) => say({ error: String(error?.stack ?? error) }));
  </script>`;
  const profile = freshFolder("browser");
  let answered: (body: string) => void = () => {};
  const answer = new Promise<string>((resolve) => {
    answered = resolve;
  });
  const server = createServer((request, response) => {
    if (request.method === "POST") {
      let body = "";
      request.on("data", (part) => (body += part));
      request.on("end", () => {
        response.end();
        answered(body);
      });
      return;
    }
    const code = files.get(request.url?.slice(1) ?? "");
    const isPage = request.url === "/";
    response.writeHead(isPage || code !== undefined ? 200 : 404, {
      "content-type": isPage || request.url?.endsWith(".html") ? "text/html" : "text/javascript",
      ...(isIsolated && {
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-embedder-policy": "require-corp",
      }),
    });
    response.end(isPage ? page : code);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  // a process group of its own, so that the browser's helpers end with it
  const child = spawn(browser.command, browser.arguments(profile, address), {
    detached: true,
    stdio: ["ignore", "ignore", "pipe"],
    env: { PATH: process.env.PATH, HOME: profile },
  });
  let said = "";
  child.stderr.on("data", (part) => (said = (said + part).slice(-2000)));
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    const fail = (why: string) => reject(new Error(`${browser.name} ${why}:\n${said}`));
    timer = setTimeout(() => fail(`has not answered in ${PATIENCE / 1000} s`), PATIENCE);
    child.once("error", (error) => fail(`did not start, ${error.message}`));
    child.once("exit", (code) => fail(`ended before it answered, with ${code}`));
  });
  try {
    const { value, error } = JSON.parse(await Promise.race([answer, silence]));
    if (error !== undefined) throw new Error(`in ${browser.name}: ${error}`);
    return value;
  } finally {
    clearTimeout(timer);
    silence.catch(() => {});
    try {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
      await closed;
    } catch {
      // it has ended already
    }
    server.closeAllConnections();
    server.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}
