/** Texts that people bring to be learned: what is no running text is refused with the reason; and one to try with. */
import { ArgumentError, type Corpus, corpusOf, generator } from "cellstate";

export interface Source {
  /** The file's, or what the page calls it. */
  readonly name: string;
  readonly text: string;
}

let last: { readonly text: string; readonly corpus: Corpus } | undefined;

/** The text as ids; the last one is kept, since settings change more often than texts. @throws {ArgumentError} */
export function corpusFrom({ name, text }: Source): Corpus {
  if (last?.text === text) return last.corpus;
  if (text.includes("\0")) {
    throw refused(
      `${name}, which holds zero bytes`,
      "running text",
      "this is no text file; save it as text, in UTF-8.",
    );
  }
  const columns = columnsOf(text) ?? (/\.(csv|tsv)$/i.test(name) ? 1 : undefined);
  if (columns !== undefined) {
    const described = `a table${columns > 1 ? ` with ${columns} columns` : ""}`;
    const mend = "tables are for forecasting, which is another job; this page learns text, character by character.";
    throw refused(described, "running text", mend);
  }
  const corpus = corpusOf(text);
  last = { text, corpus };
  return corpus;
}

const refused = (described: string, expected: string, mend: string): ArgumentError =>
  new ArgumentError({ where: "explorer", argument: "text", given: undefined, described, expected, mend });

/** How many columns, if the first lines are rows of a table: as many cells in each, mostly numbers. */
function columnsOf(text: string): number | undefined {
  const lines = text
    .slice(0, 20_000)
    .split(/\r\n|\n|\r/)
    .filter((line) => line.trim() !== "")
    .slice(0, 20);
  if (lines.length < 4) return undefined;
  for (const sign of [",", ";", "\t"]) {
    const rows = lines.map((line) => line.split(sign));
    const columns = rows[0]!.length;
    // the last line may be cut
    if (columns < 2 || rows.slice(0, -1).some((row) => row.length !== columns)) continue;
    const cells = rows.slice(1, -1).flat();
    const numbers = cells.filter((cell) => cell.trim() !== "" && Number.isFinite(Number(cell.replaceAll('"', ""))));
    if (numbers.length * 2 >= cells.length) return columns;
  }
  return undefined;
}

const PEOPLE = ["king", "queen", "smith", "baker", "miller", "fox", "bear", "old witch", "little owl", "tailor"];
const PLACES = ["forest", "tower", "village", "mill", "river", "garden", "castle", "market"];
const THINGS = ["a silver key", "a loaf of bread", "a song", "three apples", "a letter", "a red coat", "the moon"];
const ENDINGS = ["and was glad", "and said no more", "until the snow came", "and told it to the children"];

/** Small tales without end, always the same ones: enough to see a network learn in half a minute. */
export function tales(characters = 120_000): string {
  const random = generator(1, "tales");
  const one = (list: readonly string[]): string => list[random.integer(list.length)]!;
  const sentences = [
    () => `the ${one(PEOPLE)} went to the ${one(PLACES)} to look for ${one(THINGS)}.`,
    () => `in the ${one(PLACES)} the ${one(PEOPLE)} met the ${one(PEOPLE)}, ${one(ENDINGS)}.`,
    () => `"give me ${one(THINGS)}," said the ${one(PEOPLE)} to the ${one(PEOPLE)}.`,
    () => `but the ${one(PEOPLE)} had lost ${one(THINGS)} near the ${one(PLACES)}.`,
    () => `so they gave ${one(THINGS)} to the ${one(PEOPLE)}, ${one(ENDINGS)}.`,
  ];
  let text = "";
  for (let n = 1; text.length < characters; n++) {
    text += sentences[random.integer(sentences.length)]!() + (n % 6 === 0 ? "\n\n" : " ");
  }
  return text;
}
