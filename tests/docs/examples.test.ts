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

test("run", { timeout: 120_000 }, async () => {
  const outcomes = await run(installed, whole(brief));
  expect(outcomes.size).toBe(examples.length);
  const failed = [...outcomes].flatMap(([name, { error }]) => (error === undefined ? [] : [`${name}: ${error}`]));
  expect(failed).toEqual([]);
});
