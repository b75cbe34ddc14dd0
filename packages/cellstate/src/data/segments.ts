/**
 * A text cut into words, numbers, signs and white space, by the classes of its characters: the rules of Unicode's
 * UAX #29 for words, with two of its own. Scripts that are written without spaces give a character a piece, and a
 * piece has at most so many characters. Cutting is lossless: the pieces in a row are the text.
 *
 * `Intl.Segmenter` is not used. Its answers differ between engines and versions (dictionaries for Thai and Chinese,
 * changed rules), so the same text would be other ids elsewhere; and it cannot take a text in pieces.
 */

/** More characters, and a word goes on in the next piece: a megabyte of letters is no word. */
const MOST = 100;

/** Written without spaces between words. */
const UNSPACED =
  "\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Bopomofo}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}\\u30FC";
/** Joiners that shape a word and are no sign of their own (Persian, Indic scripts, soft hyphens). */
const FORMAT = "\\u00AD\\u200C\\u200D";
const LETTER = `(?![${UNSPACED}])\\p{L}`;
/** Signs that belong to a word between two letters: don't, l’homme, col·legi, צה״ל. */
const INSIDE = "['’·״׳]";

const WORD = [
  `[${FORMAT}](?=\\p{L})`,
  `\\p{N}(?:[.,](?=\\p{N})|['’](?=\\p{L}))?`,
  `${LETTER}(?:\\p{M}{0,9}${INSIDE}(?=${LETTER}))?`,
  "\\p{M}",
  "\\p{Pc}",
].join("|");

/** 👍🏽, 👩‍🚀, 🇵🇱, ❤️, #️⃣: one piece each. */
const PICTURE = "\\p{Extended_Pictographic}(?:\\uFE0F|\\p{Emoji_Modifier})?";
const EMOJI = `\\p{Regional_Indicator}{2}|[#*]\\uFE0F?\\u20E3|${PICTURE}(?:\\u200D${PICTURE}){0,9}`;

const PATTERN = new RegExp(
  [
    // the usual: a word of plain letters, told apart without looking at classes
    `[A-Za-z]{1,${MOST}}(?![\\w\\p{M}'’·\\u0080-\\u{10FFFF}])`,
    `[${UNSPACED}]\\p{M}{0,${MOST}}`,
    EMOJI,
    `(?=[\\p{L}\\p{N}_])(?:${WORD}){1,${MOST}}`,
    "[^]",
  ].join("|"),
  "uy",
);

/** No piece depends on more than so many UTF-16 units behind its end. */
const AHEAD = 4;

/** Takes a text in that comes in pieces, cut anywhere. */
export interface Segmenter {
  add(piece: string): void;
  /** Hands out what was held back because it might have gone on. */
  finish(): void;
}

/**
 * Cuts a text; `take` gets each segment as soon as it is certain.
 *
 * @example segmenter((segment) => segments.push(segment)).add("Don't panic! "); // ["Don't", " ", "panic", …]
 */
export function segmenter(take: (segment: string) => void): Segmenter {
  const pattern = new RegExp(PATTERN);
  let held = "";
  const cut = (text: string, isEnd: boolean): string => {
    let at = 0;
    while (at < text.length) {
      pattern.lastIndex = at;
      const [segment] = pattern.exec(text)!;
      if (!isEnd && at + segment.length + AHEAD > text.length) break;
      at += segment.length;
      take(segment);
    }
    return text.slice(at);
  };
  return {
    add(piece) {
      held = cut(held + piece, false);
    },
    finish() {
      held = cut(held, true);
    },
  };
}
