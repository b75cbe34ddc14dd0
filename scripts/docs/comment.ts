/** A doc comment taken apart: what it says, and what stands behind its tags. */

export interface Thrown {
  /** The errors' names, as the comment has them: `ShapeError | ArgumentError`. */
  readonly type: string;
  readonly text: string;
}

export interface Comment {
  /** Paragraphs, one line each. */
  readonly text: readonly string[];
  /** By name; `options.seed` for what stands in an object. */
  readonly params: ReadonlyMap<string, string>;
  readonly returns?: string;
  readonly throws: readonly Thrown[];
  readonly examples: readonly string[];
}

export const noComment: Comment = { text: [], params: new Map(), throws: [], examples: [] };

/** The comment that ends right before a declaration, without its stars; undefined if there is none. */
export function commentBefore(source: string, start: number): Comment | undefined {
  const before = source.slice(0, start).match(/\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*(?:\/\/.*\n\s*)*$/);
  return before ? parseComment(before[1]!) : undefined;
}

/** The comment that a file opens with. */
export const openingComment = (source: string): Comment =>
  parseComment(source.match(/^\s*\/\*\*((?:(?!\*\/)[\s\S])*)\*\//)?.[1] ?? "");

function parseComment(body: string): Comment {
  const lines = body.split("\n").map((line) => line.replace(/^\s*\* ?/, "").trimEnd());
  const [text = "", ...tagged] = lines.join("\n").split(/^@(?=\w)/m);
  const params = new Map<string, string>();
  const throws: Thrown[] = [];
  const examples: string[] = [];
  let returns: string | undefined;
  for (const part of tagged) {
    const [, tag, said] = part.match(/^(\w+)[ \n]?([\s\S]*)$/)!;
    if (tag === "param") {
      const [, name, meaning] = said!.match(/^(\S+)(?:\s+-)?\s*([\s\S]*)$/)!;
      params.set(name!, joined(meaning!));
    } else if (tag === "throws") {
      const [, type, when] = said!.match(/^(?:\{([^}]*)\})?\s*([\s\S]*)$/)!;
      throws.push({ type: type ?? "", text: joined(when!) });
    } else if (tag === "example") examples.push(said!.trim());
    else if (tag === "returns") returns = joined(said!);
  }
  const blocks = text.split(/\n\s*\n/).map(joined);
  return { text: blocks.filter(Boolean), params, throws, examples, ...(returns && { returns }) };
}

const joined = (text: string): string => text.trim().replace(/\s*\n\s*/g, " ");
