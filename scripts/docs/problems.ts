/** What is missing in the doc comments: the rules of the reference, each as one sentence of complaint. */

import type { Comment } from "./comment.ts";
import type { Call, Entry, Option } from "./entries.ts";
import type { Page } from "./reference.ts";

/** All that is missing. Types that are only named need a sentence and no more. */
export const problemsIn = (pages: readonly Page[]): string[] =>
  pages.flatMap(({ exported, named }) => [
    ...exported.flatMap(problemsOf),
    ...named.flatMap((entry) => problemsOf(entry).filter((problem) => problem.endsWith("sentence of description"))),
  ]);

export function problemsOf(entry: Entry): string[] {
  const { name, file, comment, call, fields, throws } = entry;
  const problems: string[] = [];
  const say = (what: string): void => void problems.push(`${name} (${file}): ${what}`);
  if (comment.text.length === 0) say("has no sentence of description");
  if (call) {
    for (const problem of problemsOfCall(call, comment)) say(problem);
    if (comment.examples.length === 0) say("has no @example");
    if (throws && comment.throws.length === 0) say("throws, and has no @throws");
  }
  for (const field of fields) {
    if (field.comment.text.length === 0) say(`${field.name} has no description`);
    if (field.call && !isLikeAnother(field.comment))
      for (const problem of problemsOfCall(field.call, field.comment)) say(`${field.name} ${problem}`);
  }
  return problems;
}

/** "As `train`": what another place describes. */
export const isLikeAnother = ({ text }: Comment): boolean => /^As `/.test(text[0] ?? "");

function problemsOfCall(call: Call, comment: Comment): string[] {
  const problems: string[] = [];
  if (call.returns === "") problems.push("has no written return type");
  for (const { type, text } of comment.throws)
    if (type === "" || text === "") problems.push("has a @throws without {Error} or without a reason");
  for (const parameter of call.parameters) {
    const { name, text, options } = parameter;
    if (text === "" && !options) problems.push(`has no @param for ${name}`);
    for (const option of options ?? []) problems.push(...problemsOfOption(option, name));
  }
  const known = call.parameters.flatMap(({ name, options }) => [
    name.replace("...", ""),
    ...(options ?? []).map((option) => `${name}.${option.name}`),
  ]);
  for (const name of comment.params.keys())
    if (!known.includes(name)) problems.push(`describes ${name}, which it does not take`);
  return problems;
}

function problemsOfOption({ name, text, fallback, contradicts }: Option, of: string): string[] {
  if (text === "") return [`does not describe ${of}.${name}`];
  return contradicts ? [`says another default of ${of}.${name} than the code's ${fallback}`] : [];
}
