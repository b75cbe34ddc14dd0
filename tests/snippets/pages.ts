/** The code in a page of documents: its blocks, the one program they make, and what that says it prints. */
import { parseSync } from "rolldown/utils";

export interface Block {
  readonly language: string;
  /** What stands behind the language: `server.mjs` in "```js server.mjs". */
  readonly info: string;
  readonly code: string;
}

export const blocksIn = (page: string): Block[] =>
  [...page.matchAll(/^```(\w*) ?(.*)\n([\s\S]*?)^```$/gm)].map(([, language, info, code]) => ({
    language: language!,
    info: info!,
    code: code!,
  }));

/** All blocks of TypeScript without a file name, one after the other, each import once; undefined where there are none. */
export function programOf(page: string): string | undefined {
  const blocks = blocksIn(page).filter(({ language, info }) => language === "ts" && info === "");
  if (blocks.length === 0) return undefined;
  const imports = new Map<string, string>();
  const bodies = blocks.map(({ code }) => {
    let body = code;
    const { program, errors } = parseSync("block.ts", code, { sourceType: "module" });
    if (errors.length > 0) throw new SyntaxError(`${errors[0]!.message}\n${code}`);
    for (const statement of [...program.body].reverse()) {
      if (statement.type !== "ImportDeclaration") continue;
      body = body.slice(0, statement.start) + body.slice(statement.end);
      for (const one of statement.specifiers) {
        const text = code.slice(one.start, one.end);
        const isWhole = one.type !== "ImportSpecifier";
        imports.set(one.local.name, `import ${isWhole ? text : `{ ${text} }`} from ${statement.source.raw};`);
      }
    }
    return body;
  });
  return [...imports.values(), ...bodies, "export {};", ""].join("\n");
}

/** Every line that is to be printed: the comment behind a `console.log(…);`, and blocks of ```text. */
export const printedBy = (page: string): string[] =>
  blocksIn(page).flatMap(({ language, info, code }) => {
    if (language === "text") return code.trimEnd().split("\n");
    if (language !== "ts" || info !== "") return [];
    return [...code.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map(([, line]) => line!);
  });
