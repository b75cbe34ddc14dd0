/** A page on 127.0.0.1, and the browser of whoever sits here. */
import { spawn } from "node:child_process";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** The two that make a page cross-origin isolated let its threads share memory. */
const HEADERS = {
  "Content-Type": "text/html; charset=utf-8",
  "Cache-Control": "no-store",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
};

export interface Served {
  /** `http://127.0.0.1:49152/` */
  readonly address: string;
  /** Once the server has ended. */
  readonly closed: Promise<void>;
}

/** @throws {Error} with the system's code if the port cannot be had */
export async function servePage(page: string, port = 0): Promise<Served> {
  const content = Buffer.from(page);
  let own: ReadonlySet<string> = new Set();
  const server = createServer((request, response) => respond(request, response, content, own));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const { port: taken } = server.address() as AddressInfo;
  own = hostsOf(taken);
  const closed = new Promise<void>((resolve) => server.on("close", resolve));
  return { address: `http://127.0.0.1:${taken}/`, closed };
}

/** What browsers call this machine in their requests: 80 is the port that goes without saying. */
export function hostsOf(port: number): ReadonlySet<string> {
  const names = ["127.0.0.1", "localhost"];
  return new Set([...names.map((name) => `${name}:${port}`), ...(port === 80 ? names : [])]);
}

function respond(request: IncomingMessage, response: ServerResponse, page: Buffer, own: ReadonlySet<string>): void {
  const refuse = (code: number, text: string): unknown =>
    response.writeHead(code, { "Content-Type": "text/plain; charset=utf-8" }).end(`${text}\n`);
  // a name that somebody else has pointed at this machine is not this page's
  if (!own.has(request.headers.host ?? "")) return void refuse(403, "This page is served to 127.0.0.1 only.");
  if (request.method !== "GET" && request.method !== "HEAD")
    return void refuse(405, "There is one page here, to be read.");
  // what is asked for need not be an address by the rules
  if (!/^\/(\?|$)/.test(request.url ?? "/")) return void refuse(404, "There is one page here: /");
  response.writeHead(200, { ...HEADERS, "Content-Length": page.length });
  response.end(request.method === "HEAD" ? undefined : page);
}

const OPENERS: Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>> = {
  darwin: ["open"],
  // the empty word is the window's title
  win32: ["cmd", "/c", "start", ""],
};

/** Asks the system to open the address; where it cannot, the address has been printed. */
export function openInBrowser(address: string): void {
  const [name, ...rest] = OPENERS[process.platform] ?? ["xdg-open"];
  // cmd reads & as the end of a command
  const given = process.platform === "win32" ? address.replaceAll("&", "^&") : address;
  try {
    const child = spawn(name, [...rest, given], { detached: true, stdio: "ignore" });
    child.on("error", () => undefined);
    child.unref();
  } catch {
    // a long text makes an address that no command takes
  }
}
