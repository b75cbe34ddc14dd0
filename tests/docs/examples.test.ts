/** Every `@example` of the library's doc comments holds its types and runs, none is passed over. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { readReference } from "../../scripts/docs/reference.ts";
import { type Installed, installLibrary } from "../installed.ts";
import { complete } from "../snippets/complete.ts";
import { given, of } from "../snippets/given.ts";
import { run, typeErrors } from "../snippets/project.ts";

const pages = readReference();
const exported = new Map(pages.flatMap((page) => page.exported.map(({ name }) => [name, page.name] as const)));
const examples = pages.flatMap((page) =>
  [...page.exported, ...page.named].flatMap((entry) => {
    const comments = [entry.comment, ...entry.fields.map(({ comment }) => comment)];
    const codes = comments.flatMap((comment) => comment.examples);
    return codes.map((code, k) => ({ owner: entry.name, name: `${entry.name}-${entry.kind}-${k}`, code }));
  }),
);

/** A few updates tell as much as many. */
const brief = (code: string): string =>
  code.replace(
    /\b(steps|epochs): ([\d_]+)/g,
    (_, what, count) => `${what}: ${Math.min(Number(count.replaceAll("_", "")), 3)}`,
  );

/** `decode(…); // "hole"`: what stands behind it as a value is what comes out. */
const checked = (code: string): string =>
  code.replace(/^(?!const |let |for )(.+); \/\/ ((?:"|\[).*)$/gm, (line, expression, said) => {
    const value = jsonOf(said);
    if (value === undefined) return line;
    return `{ const value = JSON.stringify(${expression}); if (value !== ${JSON.stringify(value)}) throw new Error("is " + value); }`;
  });

function jsonOf(text: string): string | undefined {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return undefined; // words, no value
  }
}

const whole = (shorten: (code: string) => string): Map<string, string> =>
  new Map(
    examples.map(({ owner, name, code }) => [
      name,
      complete(shorten(code), { exported, given: { ...given, ...of[owner] } }),
    ]),
  );

let installed: Installed;
beforeAll(async () => {
  installed = await installLibrary();
});
afterAll(() => installed.remove());

test("hold their types", async () => {
  expect(examples.length).toBeGreaterThan(70);
  expect(
    await typeErrors(
      installed,
      whole((code) => code),
    ),
  ).toEqual({});
});

test("with a value behind them are checked", () => {
  expect(checked('f(1); // "a"\ng(2); // about 3')).toMatch(/^\{ const value = JSON.stringify\(f\(1\)\).*\}\ng\(2\); /);
  expect(examples.filter(({ code }) => checked(code) !== code).length).toBeGreaterThan(3);
});

test("run", { timeout: 120_000 }, async () => {
  const outcomes = await run(
    installed,
    whole((code) => checked(brief(code))),
  );
  expect(outcomes.size).toBe(examples.length);
  const failed = [...outcomes].flatMap(([name, { error }]) => (error === undefined ? [] : [`${name}: ${error}`]));
  expect(failed).toEqual([]);
});
