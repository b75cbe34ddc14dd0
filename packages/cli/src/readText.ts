/**
 * Text from a file or from standard input, piece by piece: its encoding recognised, binary files refused before they
 * are read to the end, everything odd said. 200 MB of text take about 400 MB of memory.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { type Corpus, type CorpusOptions, corpusBuilder, type Level, tokensOf } from "cellstate";
import { Failure } from "./failure.ts";
import { bytes as sizeOf, whole } from "./format.ts";
import { nearest } from "./nearest.ts";

export interface TextFile {
  readonly corpus: Corpus;
  /** How many bytes it had. */
  readonly bytes: number;
  /** What was noticed and how it was taken, a sentence each. */
  readonly notes: readonly string[];
}

export interface ReadOptions extends Omit<CorpusOptions, "sha256"> {
  /** Characters if omitted. */
  readonly level?: Level | undefined;
  /** Called with the bytes read so far. */
  readonly onBytes?: (bytes: number) => void;
}

const LIMIT = 2 ** 30; // bytes
/** More damaged characters than this part, and it is no UTF-8. */
const DAMAGED = 0.005;

/** How files begin that are no text, and what to do with them. */
const KINDS: readonly (readonly [string, string, string])[] = [
  ["25504446", "a PDF", "save it as plain text first, for instance with pdftotext"],
  ["504b0304", "a zip archive (perhaps a .docx or .epub)", "unpack it, or save it as plain text, first"],
  ["1f8b", "compressed", "gunzip -c FILE | cellstate train -"],
  ["fd377a58", "compressed", "xz -dc FILE | cellstate train -"],
  ["89504e47", "a PNG picture", "give a text file"],
  ["ffd8ff", "a JPEG picture", "give a text file"],
  ["d0cf11e0", "an old Office document", "save it as plain text first"],
];

/** @throws {Failure} of kind "data" that says what is wrong with the file */
export async function readText(path: string, options: ReadOptions = {}): Promise<TextFile> {
  const isStdin = path === "-";
  const name = isStdin ? "standard input" : path;
  if (isStdin && process.stdin.isTTY) {
    throw new Failure(
      "usage",
      "- reads standard input, but nothing is piped into it",
      "cat FILE.txt | cellstate train -",
    );
  }
  if (!isStdin) await checkFile(path);
  const source: AsyncIterable<Buffer> = isStdin ? process.stdin : createReadStream(path, { highWaterMark: 1 << 20 });
  const builder = corpusBuilder(options.level ?? "character");
  const hash = createHash("sha256");
  const notes: string[] = [];
  let decoder: TextDecoder | undefined;
  let isWide = false;
  let bytes = 0;
  let isEmpty = true; // the builder may hold back what it has
  const add = (text: string): void => {
    if (text !== "") isEmpty = false;
    builder.add(text);
  };
  try {
    for await (const piece of joined(source)) {
      hash.update(piece);
      if (decoder === undefined) {
        const encoding = encodingOf(piece);
        isWide = encoding !== "utf-8";
        if (isWide) notes.push(`${encoding.toUpperCase()} by its byte order mark, read as such`);
        else checkKind(piece, name);
        decoder = new TextDecoder(encoding);
      }
      const nul = isWide ? -1 : piece.indexOf(0);
      if (nul >= 0) throw binary(name, bytes + nul);
      bytes += piece.length;
      if (bytes > LIMIT) throw tooLarge(name, bytes);
      add(decoder.decode(piece, { stream: true }));
      options.onBytes?.(bytes);
    }
  } catch (error) {
    if (error instanceof Failure) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    throw new Failure(
      "data",
      `${name} cannot be read: ${(error as Error).message}`,
      code === "EACCES" ? MENDS["EACCES"] : undefined,
    );
  }
  if (decoder) add(decoder.decode());
  if (isEmpty) {
    const mend = isStdin
      ? "nothing came through the pipe; check the command before it"
      : "give a text with some thousand characters at least";
    throw new Failure("data", `${name} is empty`, mend);
  }
  const { level: _, onBytes: __, ...asked } = options;
  const corpus = builder.finish({ ...asked, sha256: hash.digest("hex") });
  notes.push(...checked(corpus, name));
  return { corpus, bytes, notes };
}

/** Small first pieces are put together, so that what a file is can be seen from its beginning. */
async function* joined(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let head: Buffer | undefined = Buffer.alloc(0);
  for await (const piece of source) {
    if (head === undefined) yield piece;
    else {
      head = Buffer.concat([head, piece]);
      if (head.length < 16) continue;
      yield head;
      head = undefined;
    }
  }
  if (head !== undefined && head.length > 0) yield head;
}

function encodingOf(start: Buffer): "utf-8" | "utf-16le" | "utf-16be" {
  if (start[0] === 0xff && start[1] === 0xfe) return "utf-16le";
  if (start[0] === 0xfe && start[1] === 0xff) return "utf-16be";
  return "utf-8";
}

function checkKind(start: Buffer, name: string): void {
  const hex = start.subarray(0, 4).toString("hex");
  const kind = KINDS.find(([beginning]) => hex.startsWith(beginning));
  if (kind) throw new Failure("data", `${name} is ${kind[1]}, not text`, kind[2]);
}

const binary = (name: string, at: number): Failure =>
  new Failure(
    "data",
    `${name} is binary, not text: byte ${whole(at)} is 0`,
    "give plain text, UTF-8 or UTF-16 with its byte order mark",
  );

const tooLarge = (name: string, bytes: number): Failure =>
  new Failure(
    "data",
    `${name} is too large: ${sizeOf(bytes)} and more; expected at most ${sizeOf(LIMIT)}`,
    `train on a part of it: head -c 500000000 ${name === "standard input" ? "FILE" : name} | cellstate train -`,
  );

/** What a whole text has to say about itself. */
function checked(corpus: Corpus, name: string): string[] {
  const notes: string[] = [];
  const { damaged, unknown, minCount, lineEnds, characters, vocabulary } = corpus;
  if (damaged / characters > DAMAGED) {
    throw new Failure(
      "data",
      `${name} is not UTF-8: ${whole(damaged)} of ${whole(characters)} characters are damaged`,
      "if it is text in an older encoding: iconv -f WINDOWS-1252 -t UTF-8 FILE > new.txt",
      "if it is no text, give another file",
    );
  }
  if (lineEnds > 0) notes.push(`Windows line ends in ${whole(lineEnds)} lines, read as \\n`);
  if (damaged > 0)
    notes.push(
      `${whole(damaged)} damaged ${damaged === 1 ? "character" : "characters"} (no valid UTF-8), read as \uFFFD`,
    );
  const [what, sign] = "words" in vocabulary ? ["words", "<unk>"] : ["characters", "\uFFFD"];
  if (unknown.different > 0 && minCount > 0) {
    const few = `${whole(unknown.different)} rare ${what}, each seen fewer than ${minCount} times`;
    const share = ((100 * unknown.occurrences) / corpus.ids.length).toFixed(2);
    notes.push(`${few} (${share} % of the text), become ${sign}; see --min-count`);
  }
  if (what === "characters" && tokensOf(vocabulary).length > 1000)
    notes.push(`${whole(tokensOf(vocabulary).length)} different characters: slower than an alphabet`);
  return notes;
}

const MENDS: Readonly<Record<string, string>> = {
  EACCES: "you may not read it; check its permissions (ls -l)",
  ENAMETOOLONG: "the name is too long; did you give the text itself? write it into a file",
  ENOTDIR: "a part of its path is a file, not a directory",
};

/** Missing, a directory, empty, too large: told before anything is opened. */
export async function checkFile(path: string): Promise<void> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) throw await isDirectory(path);
    if (found.isFile() && found.size === 0) {
      throw new Failure("data", `${path} is empty`, "give a text with some thousand characters at least");
    }
    if (found.isFile() && found.size > LIMIT) throw tooLarge(path, found.size);
  } catch (error) {
    if (error instanceof Failure) throw error;
    const { code = "unknown", message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") throw await isMissing(path);
    throw new Failure("data", `${path} cannot be read: ${message}`, MENDS[code]);
  }
}

async function isMissing(path: string): Promise<Failure> {
  const names = await readdir(dirname(path)).catch(() => undefined);
  if (names === undefined)
    return new Failure("data", `${path} does not exist, nor does its directory`, "check the path");
  const near = nearest(basename(path), names);
  return new Failure(
    "data",
    `${path} does not exist`,
    near ? `did you mean ${join(dirname(path), near)}?` : "check the path",
  );
}

async function isDirectory(path: string): Promise<Failure> {
  const names = await readdir(path).catch(() => [] as string[]);
  if (names.includes("config.json")) {
    return new Failure("data", `${path} is a run, not a text`, `to go on with it: cellstate train --resume ${path}`);
  }
  const texts = names.filter((name) => /\.(txt|md|text)$/i.test(name)).slice(0, 3);
  const mend =
    texts.length > 0
      ? `give one of its files: ${texts.map((name) => join(path, name)).join("  ")}`
      : "give a text file";
  return new Failure(
    "data",
    `${path} is a directory, not a text`,
    mend,
    texts.length > 1 ? `or all of them: cat ${join(path, "*.txt")} | cellstate train -` : undefined,
  );
}
