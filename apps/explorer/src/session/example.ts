/** What a model reads before somebody types: something that it knows, in which something happens. */
import type { ModelCard } from "../worker/models.ts";

/** An example in the model's own facts: `facts.example`, a text. */
export function exampleOf(card: ModelCard): string {
  const given = card.facts["example"];
  if (typeof given === "string" && given !== "") return given;
  const { reading } = card;
  switch (reading.kind) {
    case "characters":
    case "symbols":
      return letters(reading.tokens);
    case "words":
      return reading.isText ? sentence(reading.tokens) : reading.tokens.slice(0, 12).join(" ");
    case "ids":
      return Array.from({ length: 12 }, (_, k) => k % reading.count).join(" ");
    case "values":
      return Array.from({ length: 24 }, (_, t) => wave(t, reading.size)).join("\n");
  }
}

/** A few frequent words that are words, and a full stop if there is one. */
const sentence = (known: readonly string[]): string => {
  const frequent = known.filter((word) => /^\p{L}/u.test(word)).slice(0, 10);
  return frequent.join(" ") + (known.includes(".") ? "." : "");
};

/** Something that changes, so that there is something to see. */
const wave = (t: number, size: number): string =>
  Array.from({ length: size }, (_, k) => Math.sin(t / 2 + 2 * k).toFixed(2)).join(" ");

function letters(known: readonly string[]): string {
  const wanted = "The king is dead, long live the king.";
  const kept = [...wanted].filter((c) => known.includes(c)).join("");
  return kept.length > 8 ? kept : known.slice(0, 24).join("");
}
