/** The lab in a link: equations and settings, as text. They come from strangers: they are read by the library alone. */
import type { Link } from "../../session/link.ts";
import type { TaskCard } from "../../worker/lab.ts";
import type { KnownCell } from "../../worker/typed.ts";

/** What stands in the fields, as typed. */
export interface LabFields {
  name: string;
  text: string;
  task: string;
  units: string;
  learningRate: string;
  seed: string;
  budget: string;
  /** By axis. */
  sizes: Readonly<Record<string, string>>;
}

/** A known cell goes by its name, any other with its equations. */
export function linkOf({ name, text, sizes, ...others }: LabFields, key: string | undefined): Link {
  const given = Object.entries(sizes).map(([axis, size]) => `${axis}=${size}`);
  const own =
    key === undefined ? { cell: "", called: name, equations: text } : { cell: key, called: "", equations: "" };
  const { task, units, learningRate: rate, seed, budget } = others;
  return { ...own, task, units, rate, seed, budget, sizes: given.join(",") };
}

/** What is missing is as the task's recipe has it. */
export function fieldsFrom(
  link: Link,
  { cells, tasks }: { cells: readonly KnownCell[]; tasks: readonly TaskCard[] } = { cells: [], tasks: [] },
): LabFields {
  const known = cells.find((one) => one.key === link["cell"]) ?? cells.find((one) => one.key === "lstm");
  const task = tasks.find((one) => one.key === link["task"]) ?? tasks[0];
  const pairs = (link["sizes"] ?? "").split(",").map((pair) => pair.split("="));
  return {
    name: link["equations"] ? (link["called"] ?? "") : (known?.name ?? ""),
    text: link["equations"] || (known?.shown ?? ""),
    task: task?.key ?? "",
    units: link["units"] || String(task?.recipe.units ?? ""),
    learningRate: link["rate"] || String(task?.recipe.learningRate ?? ""),
    seed: link["seed"] || "1",
    budget: link["budget"] || String(task?.recipe.budget ?? ""),
    sizes: Object.fromEntries(pairs.filter(([axis, size]) => axis && size).map(([axis, size]) => [axis!, size!])),
  };
}

/** NaN where nothing or no number stands: the library says what it wants instead. */
export const numberIn = (text: string): number => (text.trim() === "" ? Number.NaN : Number(text.replace(",", ".")));
