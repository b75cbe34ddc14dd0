/**
 * The screen's state, one store: which view, which model and text are open, what they gave, where the cursor is. All
 * views read it; it changes through the functions here, and the link in the address bar follows.
 */
import { batch, createEffect, createMemo, createRoot, on } from "solid-js";
import { createStore, unwrap } from "solid-js/store";
import { embeddedBytes, embeddedNames, ownName } from "../embedded.ts";
import { work } from "../worker/line.ts";
import type { Look } from "../worker/look.ts";
import type { Fixed, ModelCard } from "../worker/models.ts";
import { type Cursor, layerAt, START, tracedAt, within } from "./cursor.ts";
import { exampleOf } from "./example.ts";
import { type Link, readFixed, readLink, writeFixed, writeLink } from "./link.ts";

export const VIEWS = ["story", "cell", "sequence", "memory", "contrast", "lab", "train", "open"] as const;
export type View = (typeof VIEWS)[number];

interface Session {
  view: View;
  model: ModelCard | undefined;
  text: string;
  fixed: Fixed;
  look: Look | undefined;
  cursor: Cursor;
  /** What is being waited for, in words. */
  busy: string | undefined;
  /** What went wrong last, in the library's words. */
  problem: string | undefined;
  /** What views put into the link: the lab's equations and settings. */
  extra: Link;
}

const link = readLink(location.hash);
const viewOf = (name: string | undefined): View =>
  VIEWS.find((v) => v === name) ?? (ownName() === undefined ? "story" : "cell");

const [session, set] = createStore<Session>({
  view: viewOf(link["view"]),
  model: undefined,
  text: link["text"] ?? "",
  fixed: {},
  look: undefined,
  cursor: cursorFrom(link),
  busy: undefined,
  problem: undefined,
  extra: extraFrom(link),
});

export { session };

function cursorFrom(given: Link): Cursor {
  const number = (name: string): number => Number(given[name] ?? 0) || 0;
  return { step: number("step"), layer: number("layer"), unit: number("unit"), value: given["value"] ?? START.value };
}

function extraFrom(given: Link): Link {
  const own = new Set(["view", "model", "text", "fixed", "step", "layer", "unit", "value"]);
  return Object.fromEntries(Object.entries(given).filter(([name]) => !own.has(name)));
}

/** What a model with nothing typed yet is shown with. */
export interface Example {
  readonly text: string;
  readonly cursor?: Partial<Cursor>;
}

/** What a link says of its model: nothing if it holds no text. */
function exampleFrom(given: Link): Example | undefined {
  return given["text"] === undefined ? undefined : { text: given["text"], cursor: cursorFrom(given) };
}

/** What a link holds at numbers, as far as the open model has such values: links may be old, or of another model. */
function fixedFrom(given: Link): Fixed {
  const names = new Set(session.model?.layers.flatMap(({ cell }) => cell.values.map(({ name }) => name)));
  return Object.fromEntries(Object.entries(readFixed(given["fixed"])).filter(([name]) => names.has(name)));
}

let turn = 0;
/** Why the text could not be read; other problems stay when it can. */
let unread: string | undefined;

/** Runs the open model over the text as it is now; a later call takes an earlier one's place. */
export async function lookAgain(): Promise<void> {
  const { model, text, fixed } = session;
  if (model === undefined) return;
  const mine = ++turn;
  if (session.look === undefined) set({ busy: "Reading …" });
  try {
    const look = await work().call("look", { id: model.id, text, fixed: { ...unwrap(fixed) } });
    if (mine !== turn) return;
    batch(() => {
      set({ look, busy: undefined, cursor: within(session.cursor, model, look) });
      if (session.problem === unread) set({ problem: undefined });
    });
  } catch (error) {
    if (mine !== turn) return;
    unread = (error as Error).message;
    set({ busy: undefined, problem: unread });
  }
}

/**
 * Opens a model from a file's bytes. The one before stays open if this is none. If the page's link is about a model of
 * this name, it is shown as the link says.
 */
export async function openModel(bytes: Uint8Array, name: string, example?: Example): Promise<boolean> {
  const isOfLink = name === link["model"] && example === undefined;
  const isOpen = await showOpened(name, work().call("open", { bytes, name }), isOfLink ? exampleFrom(link) : example);
  if (isOpen && isOfLink) await holdAsLinked();
  return isOpen;
}

/** Opens a model file that somebody has chosen or dropped. */
export const openFile = async (file: File): Promise<boolean> =>
  openModel(new Uint8Array(await file.arrayBuffer()), file.name);

async function holdAsLinked(): Promise<void> {
  const fixed = fixedFrom(link);
  if (Object.keys(fixed).length > 0) await setFixed(fixed);
}

async function showOpened(name: string, opening: Promise<ModelCard>, example?: Example): Promise<boolean> {
  set({ busy: `Opening ${name} …`, problem: undefined });
  try {
    const card = await opening;
    batch(() => {
      set({ busy: undefined });
      showModel(card, example);
    });
    return true;
  } catch (error) {
    set({ busy: undefined, problem: (error as Error).message });
    return false;
  }
}

/** Shows a model that the worker has already; it is looked at as soon as a view wants to. */
export function showModel(card: ModelCard, example?: Example): void {
  const before = session.model;
  batch(() => {
    set({
      model: card,
      look: undefined,
      text: example?.text ?? exampleOf(card),
      fixed: {},
      cursor: { ...START, ...example?.cursor },
    });
  });
  if (before && before.id !== card.id && !staying.has(before.id)) void work().call("close", { id: before.id });
}

/** Models in the page that were opened, by whether they are the reader's own, and by name. */
const ofPage = new Map<string, Promise<ModelCard>>();
/** The ids of those. */
const staying = new Set<number>();

/**
 * A model in the page, by name: opened once, whoever asks, and open for good.
 *
 * @param isBundled - the page's, also where the reader's own has the same name
 */
export function embeddedModel(name: string, isBundled = false): Promise<ModelCard> {
  const key = `${!isBundled && name === ownName()} ${name}`;
  const known = ofPage.get(key) ?? open();
  ofPage.set(key, known);
  return known;

  async function open(): Promise<ModelCard> {
    const bytes = embeddedBytes(name, isBundled);
    if (bytes === undefined) {
      throw new Error(`There is no model "${name}" in this page; it holds ${embeddedNames().join(", ") || "none"}.`);
    }
    const card = await work().call("open", { bytes, name });
    staying.add(card.id);
    return card;
  }
}

/** Shows one of the models in the page. */
export const openEmbedded = (name: string, example?: Example): Promise<boolean> =>
  showOpened(name, embeddedModel(name), example);

/** What the link asks for, or the reader's own model, or the page's first. */
export async function start(): Promise<void> {
  const names = embeddedNames();
  const wanted = link["model"];
  const isElsewhere = wanted !== undefined && !names.includes(wanted);
  const name = isElsewhere ? (ownName() ?? names[0]) : (wanted ?? ownName() ?? names[0]);
  if (name === undefined) return;
  // its text is for a model that may read something else
  await openEmbedded(name, isElsewhere ? undefined : exampleFrom(link));
  if (!isElsewhere) return holdAsLinked();
  if (link["text"] !== undefined && OF_MODEL.has(session.view)) {
    sayProblem(
      `This link is about “${wanted}”, and links hold no weights: open its file. Until then you see “${name}”.`,
    );
  }
}

/** Views in which a link's text is what one wants to see. */
const OF_MODEL: ReadonlySet<View> = new Set(["cell", "sequence", "memory"]);

export const show = (view: View): void => set({ view });

export function setText(text: string): Promise<void> {
  set({ text });
  return lookAgain();
}

/** Holds values at numbers, as `model.with` does; `{}` lets all go. */
export function setFixed(fixed: Fixed): Promise<void> {
  // as a whole: a store would put it over what there is
  set({ fixed });
  return lookAgain();
}

export function moveCursor(to: Partial<Cursor>): void {
  const wanted = { ...session.cursor, ...to };
  const { model, look } = session;
  // into the cursor, so that a step is news only to those who ask for the step
  set("cursor", model && look ? within(wanted, model, look) : wanted);
}

export const setExtra = (extra: Link): void => set({ extra });

/** Changes some of what views put into the link; an empty text takes an entry out. */
export const changeExtra = (part: Link): void => set("extra", part);

export const sayProblem = (problem: string | undefined): void => set({ problem });

/** The cursor's layer, and its named values; undefined while nothing is open. */
export const here = createRoot(() => {
  const layer = createMemo(() => (session.model ? layerAt(session.model, session.cursor) : undefined));
  const traced = createMemo(() => {
    const [own, look] = [layer(), session.look];
    return own && look ? tracedAt(look, own, session.cursor.value) : undefined;
  });
  return { layer, traced };
});

const currentLink = (): string => {
  const { view, model, text, fixed, cursor, extra } = session;
  const about = { model: model?.name, text, fixed: writeFixed(fixed), ...cursor };
  return writeLink({ view, ...(model ? about : {}), ...extra });
};

/** The address of what is on screen now. */
export const address = (): string => `${location.href.split("#")[0]}${currentLink()}`;

/** How long the address may lag behind, ms: writing it takes longer than a step, and browsers refuse too many. */
const LAG = 200;

/** Keeps the address bar up to date, and follows it where somebody edits it or goes back. */
export function followLink(): void {
  let own = location.hash;
  let isWaiting = false;
  const write = (): void => {
    isWaiting = false;
    const hash = currentLink();
    if (hash === own) return;
    own = hash;
    history.replaceState(null, "", hash);
  };
  createEffect(
    on(currentLink, () => {
      if (!isWaiting) setTimeout(write, LAG);
      isWaiting = true;
    }),
  );
  addEventListener("hashchange", () => {
    if (location.hash === own) return;
    own = location.hash;
    const given = readLink(own);
    const cursor = cursorFrom(given);
    batch(() => {
      set({ view: viewOf(given["view"]), extra: extraFrom(given) });
      moveCursor(cursor);
    });
    const { text } = given;
    if (text === undefined) return;
    const fixed = fixedFrom(given);
    if (text === session.text && writeFixed(fixed) === writeFixed(session.fixed)) return;
    set({ text, fixed });
    // its step may lie beyond the text before
    void lookAgain().then(() => moveCursor(cursor));
  });
}
