/** What the cards' words may name: everything measured, what the networks made of the story, and names out of it. */
import type { Told } from "../../worker/story.ts";
import { measured, type Tale } from "./tale.ts";
import { bars, capital, ending, num } from "./words.ts";

export function valuesOf(tale: Tale) {
  const { cast, titles, words, sentences } = tale.telling();
  const [told, heard] = [tale.told(), tale.heard()];
  const [first, second, third] = cast.map(capital);
  const dies = words.indexOf("dies");
  const f = told?.unit.f;
  const death = sentences.findIndex(({ kind }) => kind === "death");
  return {
    ...measured,
    told,
    heard,
    title: titles[0],
    first: `${capital(titles[0])} ${first}`,
    second,
    third,
    last: `${capital(titles[2])} ${third}`,
    open: told?.unit.i[told.unit.source],
    wrote: told?.unit.left[told.unit.source],
    before: f?.[dies - 1],
    dies: f?.[dies],
    sure: told?.answers[(death - 1) * 3],
    unsure: told?.answers[death * 3],
    gives: f?.[words.indexOf("gives")],
    // the first sentence after the last succession, if there is one, names who has gone
    trap: told?.between ? ` Then a trap: ${second} is named once more, and rules no longer.` : "",
    farthest: { lstm: measured.lstm.slopes.at(-1), rnn: measured.rnn.slopes.at(-1) },
    left: told && left(told, dies - 1),
    drained: told && left(told, dies - 1, dies),
    ending: told && ending(told, told, "the LSTM"),
  };
}

/** What the first crowning wrote, and what is left of it at other words: the ledger's numbers. */
function left({ unit: { left: parts, source }, words }: Told, later: number, death?: number): string {
  const bar = (name: string, t: number) => [name, parts[t]! / parts[source]!, num(parts[t]!, 4)] as const;
  return bars([
    bar(`written at “${words[source]}”`, source),
    bar(`left ${later - source} words later`, later),
    ...(death === undefined ? [] : [bar("left after “dies”", death)]),
  ]);
}
