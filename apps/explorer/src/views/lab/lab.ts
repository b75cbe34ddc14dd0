/**
 * The lab's state, outside of the view: what is typed, the task, and the trainings, which go on while other tabs are
 * shown. Everything that is computed comes from workers; each training has one of its own.
 */
import { createRoot, createSignal } from "solid-js";
import { createStore, unwrap } from "solid-js/store";
import type { Link } from "../../session/link.ts";
import { session, setExtra } from "../../session/session.ts";
import type { TaskCard } from "../../worker/lab.ts";
import { type Line, openLine, type WorkError, work } from "../../worker/line.ts";
import type { Fault } from "../../worker/protocol.ts";
import type { Source } from "../../worker/texts.ts";
import type { KnownCell, TypedCell } from "../../worker/typed.ts";
import { fieldsFrom, type LabFields, linkOf } from "./labLink.ts";

interface Lab {
  fields: LabFields;
  /** The cell as it is typed; the last that could be read, while the text cannot. */
  typed: TypedCell | undefined;
  fault: Fault | undefined;
  cells: readonly KnownCell[];
  tasks: readonly TaskCard[];
  /** For the task "text". */
  source: Source | undefined;
}

const [lab, set] = createStore<Lab>({
  fields: fieldsFrom({}),
  typed: undefined,
  fault: undefined,
  cells: [],
  tasks: [],
  source: undefined,
});

export { lab };

export const task = (): TaskCard | undefined => lab.tasks.find((one) => one.key === lab.fields.task);

/** Whether the equations are those of a cell that comes with the library. */
export const known = (): KnownCell | undefined => lab.cells.find((one) => one.shown === lab.fields.text);

/** What was typed before a known cell took its place. */
const [put, setPut] = createRoot(() => createSignal<{ name: string; text: string }>());

export { put };

let timer: ReturnType<typeof setTimeout> | undefined;
let turn = 0;

/** Reads what is typed, in a worker of its own: what a stranger's link brings must not keep the open model waiting. */
let reader: Line | undefined;
/** After so long a cell is too large to be drawn while one types, milliseconds. */
const PATIENCE = 8000;
const TOO_LONG: Fault = { name: "Error", message: "", problem: "this cell is too large to be read while one types" };

async function read(): Promise<void> {
  const mine = ++turn;
  const { name, text } = lab.fields;
  reader ??= openLine();
  const patience = setTimeout(() => {
    reader?.close();
    reader = undefined;
  }, PATIENCE);
  try {
    const typed = await reader.call("readTyped", { name: name || "Cell", text });
    if (mine === turn) set({ typed, fault: undefined });
  } catch (error) {
    const { fault } = error as WorkError;
    if (mine === turn) set({ fault: fault.code === "worker" ? TOO_LONG : fault });
  } finally {
    clearTimeout(patience);
  }
}

/** What this view has put into the link last. */
let own: Link = {};

function remember(): void {
  if (lab.cells.length === 0) return;
  own = linkOf(unwrap(lab).fields, known()?.key);
  setExtra({ ...session.extra, ...own });
}

/** While somebody types: read and remembered once they pause. */
export function setField<K extends keyof LabFields>(name: K, value: LabFields[K]): void {
  set("fields", name, () => value);
  clearTimeout(timer);
  timer = setTimeout(() => {
    void read();
    remember();
  }, 150);
}

/** Puts a cell's equations into the editor; what somebody typed stays within reach. */
export function take(cell: { name: string; text: string }): void {
  const { name, text } = lab.fields;
  if (known() === undefined && text !== cell.text) setPut({ name, text });
  set("fields", { name: cell.name, text: cell.text });
  void read();
  remember();
}

/** Another task, with settings at which a plain LSTM learns it. */
export function setTask(key: string): void {
  const recipe = lab.tasks.find((one) => one.key === key)?.recipe;
  if (recipe === undefined) return;
  const { units, learningRate, budget } = recipe;
  set("fields", { task: key, units: String(units), learningRate: String(learningRate), budget: String(budget) });
  remember();
}

export const setSource = (source: Source | undefined): void => set({ source });

export async function takeTales(): Promise<void> {
  setSource({ name: "tales.txt", text: await work().call("tales", undefined) });
}

/** What the link says, or the LSTM on the first task. */
export async function open(): Promise<void> {
  if (lab.cells.length === 0) {
    const [cells, tasks] = await Promise.all([work().call("zoo", undefined), work().call("tasks", undefined)]);
    set({ cells, tasks });
    await takeTales();
  }
  follow();
}

/** Takes over what a link says, unless that is what this view has put there. */
export function follow(): void {
  const { extra } = session;
  const isOwn = lab.typed !== undefined && Object.entries(own).every(([name, text]) => (extra[name] ?? "") === text);
  if (lab.cells.length === 0 || isOwn) return;
  set("fields", () => fieldsFrom(extra, { cells: lab.cells, tasks: lab.tasks }));
  own = linkOf(unwrap(lab).fields, known()?.key);
  void read();
}
