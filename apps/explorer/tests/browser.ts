/**
 * The built page in Debian's Chromium: from a folder or from a server on this machine, wide or narrow, light or dark.
 * Every request that would leave the machine is stopped and remembered.
 */
import { existsSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { pathToFileURL } from "node:url";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { builtPage } from "./build.ts";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const place = PLACES.find((path) => existsSync(path));

/** Why there is no browser, or undefined: for `context.skip`. */
export const whyNoBrowser: string | undefined =
  place === undefined ? "Chromium is not installed: apt-get install chromium" : undefined;

const OFF = ["gpu", "quic", "background-networking", "component-update", "sync", "dev-shm-usage"];

export const launch = (): Promise<Browser> =>
  chromium.launch({
    executablePath: place!,
    args: ["--no-sandbox", "--no-first-run", ...OFF.map((name) => `--disable-${name}`)],
  });

/** Serves a page; isolated, it may share memory between threads. */
export async function serve(
  isIsolated: boolean,
  html = () => readFileSync(builtPage, "utf8"),
): Promise<{ address: string; server: Server }> {
  const isolation = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };
  const server = createServer((_, answer) => {
    answer.writeHead(200, { "Content-Type": "text/html; charset=utf-8", ...(isIsolated && isolation) }).end(html());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, server };
}

export interface Look {
  readonly width?: 1280 | 390;
  readonly theme?: "light" | "dark";
  readonly isStill?: boolean;
  /** The part of the address after "#". */
  readonly link?: string;
  /** Where the page is; from its folder if left out. */
  readonly address?: string;
}

export interface Opened {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Addresses that the page asked for, itself aside. */
  readonly asked: string[];
  /** What went wrong in it unseen. */
  readonly faults: string[];
}

/** @param prepare - what is done to the page before it goes to the address */
export async function open(
  browser: Browser,
  look: Look = {},
  prepare?: (page: Page) => Promise<unknown>,
): Promise<Opened> {
  const { width = 1280, theme = "light", isStill = false, link = "", address = pathToFileURL(builtPage).href } = look;
  const isPhone = width === 390;
  const context = await browser.newContext({
    viewport: isPhone ? { width: 390, height: 844 } : { width: 1280, height: 860 },
    colorScheme: theme,
    reducedMotion: isStill ? "reduce" : "no-preference",
    ...(isPhone && { isMobile: true, hasTouch: true, deviceScaleFactor: 2 }),
  });
  const page = await context.newPage();
  const asked: string[] = [];
  const faults: string[] = [];
  await context.route("**/*", (route) => {
    const url = route.request().url();
    if (url.split("#")[0] === address) return route.continue();
    asked.push(url);
    return route.abort();
  });
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(message.text());
  });
  await prepare?.(page);
  await page.goto(`${address}${link === "" ? "" : `#${link}`}`);
  return { page, context, asked, faults };
}

/** Waits until a model is open and looked at. */
export const ready = (page: Page): Promise<unknown> => page.waitForSelector(".steps .token.now");
