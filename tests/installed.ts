/** The library as its users have it: a fresh folder with the built package in its node_modules. */
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { rolldown } from "rolldown";
import { freshFolder } from "./bits/bundle.ts";
import { read, root } from "./repository.ts";

const library = join(root, "packages/cellstate");

export interface Installed {
  readonly folder: string;
  /** The package's files. */
  readonly dist: string;
  remove(): void;
}

/** Takes what `npm run build` made where it has just run, and makes the same where it has not. */
export async function installLibrary(): Promise<Installed> {
  const folder = freshFolder("installed");
  const place = join(folder, "node_modules/cellstate");
  const dist = join(place, "dist");
  mkdirSync(place, { recursive: true });
  const text = read("packages/cellstate/package.json");
  writeFileSync(join(place, "package.json"), text);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  if (process.env.CELLSTATE_BUILT) cpSync(join(library, "dist"), dist, { recursive: true });
  else {
    const exported: Record<string, string | { default: string }> = JSON.parse(text).exports;
    const targets = Object.values(exported).flatMap((to) => (typeof to === "string" ? [] : [to.default]));
    const sources = targets.map(
      (to) => [basename(to, ".js"), join(library, "src", `${basename(to, ".js")}.ts`)] as const,
    );
    const input = Object.fromEntries(sources.filter(([, source]) => existsSync(source)));
    const built = await rolldown({ input, platform: "neutral", external: /^node:/, tsconfig: false });
    await built.write({ dir: dist, format: "esm" });
    await built.close();
  }
  return { folder, dist, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
