/** Single equations out of a cell's markup: the library gives one `<math>` with a row for each, in the text's order. */
import type { CellCard } from "../../worker/models.ts";

/** One `<math>` element as text, by the number of the stage. */
export function equationsOf(cell: CellCard): readonly string[] {
  const holder = document.createElement("template");
  holder.innerHTML = cell.markup;
  const rows = [...holder.content.querySelectorAll("mtr")].filter((row) => row.children.length > 1);
  const inText = [...new Set(cell.values.map(({ stage }) => stage))];
  const equations: string[] = [];
  inText.forEach((stage, k) => {
    const sides = [...rows[k]!.children].slice(0, 2).map((side) => side.innerHTML);
    equations[stage] = `<math display="block">${sides.join("")}</math>`;
  });
  return equations;
}
