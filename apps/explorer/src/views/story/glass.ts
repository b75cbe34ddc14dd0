/** One sentence under the glass: what the gates of one memory cell do at each of its words. */
import type { Told } from "../../worker/story.ts";
import { num, textOf } from "./words.ts";

const COLUMNS = [
  ["f", "▼", "keeps"],
  ["i", "▲", "lets in"],
  ["g", "◆", "of this"],
  ["c", "■", "holds"],
] as const;
/** Gates come close to 1 and to 0. */
const DIGITS = [4, 4, 3, 3];

/** @param word - the one that matters; that at which the cell forgets most, if the sentence has no such word */
export function glass(told: Told, at: number, word: string): string {
  const { unit, words } = told;
  const { from, to } = told.sentences[at]!;
  const steps = Array.from({ length: to - from }, (_, n) => from + n);
  const least = steps.reduce((low, t) => (unit.f[t]! < unit.f[low]! ? t : low));
  const marked = steps.find((t) => words[t] === word) ?? least;
  // of the whole story, so that sentences can be compared
  const far = unit.c.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  const [f, i, g, c] = COLUMNS.map(
    ([name], k) => `<span class="gate-${k + 1}"><i>${name}</i> ${num(unit[name][marked]!, DIGITS[k])}</span>`,
  );
  const heads = COLUMNS.map(
    ([name, sign, does], k) =>
      `<th scope="col"><span class="gate-${k + 1}">${sign}</span> <i>${name}</i> <small>${does}</small></th>`,
  );
  const rows = steps.map((t) => {
    const cells = COLUMNS.map(([name], k) => {
      const value = unit[name][t]!;
      return `<td class="bar-${k + 1}" style="--part:${name === "c" ? value / far : value}">${num(value, DIGITS[k])}</td>`;
    });
    return `<tr class="${t === marked ? "marked" : ""}"><th scope="row">${words[t]}</th>${cells.join("")}</tr>`;
  });
  return `<table><caption>Memory cell ${unit.unit} reads “${textOf(told, at)}”</caption>
<thead><tr><th scope="col"><span class="unseen">word</span></th>${heads.join("")}</tr></thead>
<tbody>${rows.join("")}</tbody></table>
<p class="sum">at “${words[marked]}”: ${c} = ${f} · ${num(unit.c[marked - 1] ?? 0)} <small>before</small> + ${i} · ${g}</p>`;
}
