/** The repository's files as the checks see them: what git tracks or would track, without what it ignores. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseSync } from "rolldown/utils";

export const root = fileURLToPath(new URL("..", import.meta.url));

export const read = (path: string) => readFileSync(join(root, path), "utf8");

/** Paths relative to the root, with forward slashes. */
export function listFiles(): string[] {
  let paths: string[];
  try {
    const git = ["ls-files", "--cached", "--others", "--exclude-standard"];
    paths = execFileSync("git", git, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).split("\n");
  } catch {
    // no git here, as in an unpacked archive: walk
    const ignored = /(^|\/)(node_modules|dist|runs|coverage|\.bench|\.git)(\/|$)/;
    paths = readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll("\\", "/"))
      .filter((path) => !ignored.test(path));
  }
  return paths.filter((path) => path !== "" && existsSync(join(root, path)));
}

export interface Node {
  readonly type: string;
  readonly start: number;
  readonly [key: string]: unknown;
}

/** Every node of a module's syntax tree, parents before children. */
export function syntaxNodes(path: string, text: string): Node[] {
  const nodes: Node[] = [];
  const visit = (value: unknown) => {
    if (Array.isArray(value)) for (const item of value) visit(item);
    else if (value !== null && typeof value === "object") {
      if (typeof (value as Node).type === "string") nodes.push(value as Node);
      for (const child of Object.values(value)) visit(child);
    }
  };
  visit(parseSync(path, text).program);
  return nodes;
}

export const lineAt = (text: string, offset: number) => text.slice(0, offset).split("\n").length;
