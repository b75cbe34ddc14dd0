/**
 * Where spaces stand between the words and signs of a text, as a rule: none before a full stop, none after an opening
 * bracket, one between words. A text of words need then only say where it is otherwise, and most of it does not.
 * Reader and writer of words (`data/words.ts`) go by the same rule, so it may be wrong about a text and loses nothing.
 */

/** Whether a sign keeps away from what is before it, and from what is behind it. */
interface Manner {
  readonly before: boolean;
  readonly after: boolean;
}

const LOOSE: Manner = { before: true, after: true };
const CLOSING: Manner = { before: false, after: true };
const OPENING: Manner = { before: true, after: false };
const TIGHT: Manner = { before: false, after: false };

const isClosing = /^[.,;:!?%‰°…>\p{Pe}\p{Pf}،؛؟।॥]/u;
const isOpening = /^(?:[$£#@¿¡\p{Ps}\p{Pi}]|<$)/u; // <unk> is a word
/** Hyphens and dashes, strokes, invisible signs, every white space, and what scripts without spaces are written in. */
const isTight =
  /^[\p{Pd}/\\\p{Cf}\p{Cc}\p{White_Space}\p{M}\u3000-\u303F\u30FB-\u30FF\uFF00-\uFF65\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Bopomofo}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

function mannerOf(segment: string): Manner {
  const unit = segment.charCodeAt(0);
  const isLetter = (unit | 32) >= 97 && (unit | 32) <= 122;
  if (isLetter) return LOOSE;
  if (isTight.test(segment)) return TIGHT;
  if (isClosing.test(segment)) return CLOSING;
  return isOpening.test(segment) ? OPENING : LOOSE;
}

/** Goes along a text. */
export interface Spacing {
  /** Whether a space stands before this segment, by the rule. */
  isExpected(segment: string): boolean;
  /** The segment comes, with spaces before it or without. */
  pass(segment: string, hasSpace: boolean): void;
}

/**
 * A straight quotation mark opens or closes, whatever is due in its line, until what stands before it says otherwise;
 * an apostrophe on its own opens (’tis) unless it hangs on a word (th’).
 */
export function spacing(): Spacing {
  let wantsSpace = false;
  let isBegun = false; // an opening sign or a line's beginning is right before
  let isQuoted = false;
  const known = new Map<string, Manner>();
  const manner = (segment: string): Manner => {
    let found = known.get(segment);
    if (found === undefined) {
      found = mannerOf(segment);
      if (segment.length <= 2 && known.size < 4096) known.set(segment, found);
    }
    return found;
  };
  return {
    isExpected(segment) {
      if (!wantsSpace) return false;
      return segment === '"' ? !isQuoted : manner(segment).before;
    },
    pass(segment, hasSpace) {
      if (segment === '"' || segment === "'") {
        const hangs = wantsSpace && !hasSpace;
        const isDue = segment === '"' && isQuoted;
        const opens = !hangs && (hasSpace || isBegun || !isDue);
        if (segment === '"') isQuoted = opens;
        wantsSpace = !opens;
        isBegun = opens;
        return;
      }
      const found = manner(segment);
      wantsSpace = found.after;
      isBegun = found === OPENING || segment === "\n";
      if (segment === "\n") isQuoted = false;
    },
  };
}
