/** A piece of code made whole: what it uses of the library is imported, what it takes for granted stands before it. */
import { namesIn } from "./names.ts";

export interface Context {
  /** Where each public name comes from: `lstm` → `cellstate`. */
  readonly exported: ReadonlyMap<string, string>;
  /** Code for each name that may be taken for granted. */
  readonly given: Readonly<Record<string, string>>;
}

/**
 * @throws if the code uses a name that nobody gives; no example is passed over
 */
export function complete(code: string, { exported, given }: Context): string {
  const imported = new Set<string>();
  const before: string[] = [];
  const done = new Set<string>();
  const need = (piece: string): void => {
    const { free, types } = namesIn(piece);
    for (const name of types) if (exported.has(name)) imported.add(`type ${name}`);
    for (const name of free) {
      if (done.has(name)) continue;
      done.add(name);
      if (given[name] !== undefined) {
        need(given[name]);
        before.push(given[name]);
      } else if (exported.has(name)) imported.add(name);
      else throw new Error(`nothing gives ${name} to\n${code}\n(tests/snippets/given.ts has what examples may use)`);
    }
  };
  need(code);
  const lines = [...imported].map((name) => `import { ${name} } from "${exported.get(name.replace("type ", ""))}";`);
  // a block of its own, so that the code may declare what others take for granted
  return [...lines, ...before, "{", code, "}", "export {};", ""].join("\n");
}
