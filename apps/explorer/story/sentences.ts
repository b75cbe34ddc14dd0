/**
 * The sentences of the king story, and the 93 words that they are made of. Capital letters stand for who and where:
 * K rules, T is K's title; B is another, S is B's title; CHILD says whose B is; C and D are people of no consequence;
 * R and Q are regions. The full stop is a word.
 */

export const names = [
  "arthur",
  "boris",
  "carl",
  "david",
  "edgar",
  "felix",
  "gustav",
  "henry",
  "anna",
  "clara",
  "diana",
  "emma",
] as const;
export type Name = (typeof names)[number];

/** The first eight names are men's. */
const MEN = 8;
const isMan = (name: Name): boolean => names.indexOf(name) < MEN;

export const titles = ["king", "queen"] as const;
export type Title = (typeof titles)[number];
export const titleOf = (name: Name): Title => (isMan(name) ? "king" : "queen");
export const childrenOf = (name: Name): readonly string[] =>
  isMan(name) ? ["son", "brother"] : ["daughter", "sister"];

export const regions = ["north", "south", "east", "west"] as const;

export const templates = {
  /** The first sentence of every story. */
  opening: ["long ago T K rules the R ."],
  /** The ruler's name has to be known; the title is given away. */
  question: ["long live T K .", "the ruler is T K .", "the crown belongs to T K ."],
  /** Names the ruler. */
  deed: ["T K builds a bridge .", "K is wise and good .", "T K sleeps in the old tower .", "the people love T K ."],
  /** Of other people, among them former rulers, and other things. */
  elsewhere: [
    "the smith C makes a sword .",
    "the people of the R are happy .",
    "the winter is long and cold .",
    "C the baker sells bread to the people .",
    "a ship sails to the R .",
    "the river is wide and the bridge is old .",
    "the old woman C tells a story to the children .",
    "there is rain in the summer .",
    "the harvest is good .",
    "C and D dance in the village .",
    "the children play in the snow .",
    "a bear sleeps in the forest .",
    "the priest C prays for rain .",
    "the market of the R is full of bread .",
    "C walks from the R to the village .",
  ],
  death: ["T K dies in the winter .", "T K dies in the summer .", "T K is sick and dies ."],
  heir: ["B the CHILD of K becomes S ."],
  abdication: ["T K gives the crown to B the CHILD of K ."],
  attack: ["S B of the Q attacks ."],
  battle: ["there is a great battle ."],
  defeat: ["T K loses the battle and flees ."],
  crowning: ["now B rules the R ."],
  victory: ["T K wins the battle and B flees ."],
} as const satisfies Record<string, readonly string[]>;

export type SentenceKind = keyof typeof templates;

/** Who and where, by capital letters. */
export type Roles = Readonly<Record<string, string>>;

/** A template's words, with people and places put in. */
export const fill = (template: string, roles: Roles): string[] =>
  template.split(" ").map((word) => (/^[A-Z]+$/.test(word) ? roles[word]! : word));

/**
 * All words, in the order of their ids. The first is never told: it takes id 0, so that an array that somebody has
 * filled up with zeros names no word.
 */
export const words: readonly string[] = [
  "<pad>",
  ...new Set([
    ...names,
    ...titles,
    ...regions,
    ...["son", "brother", "daughter", "sister"],
    ...Object.values(templates)
      .flat()
      .flatMap((template) => template.split(" "))
      .filter((word) => !/^[A-Z]+$/.test(word))
      .sort(),
  ]),
];

const ids = new Map(words.map((word, id) => [word, id]));

/**
 * A word's id.
 *
 * @throws {RangeError} if the kingdom has no such word
 */
export function idOf(word: string): number {
  const id = ids.get(word);
  if (id === undefined) throw new RangeError(`"${word}" is none of the ${words.length} words of the king story.`);
  return id;
}
