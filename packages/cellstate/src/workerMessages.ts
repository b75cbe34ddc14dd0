/**
 * What passes between a page and its worker, and how values become messages: recipes in place of functions, errors as
 * their class and fields, whole typed arrays handed over where the sender is done with them.
 */
import { CellError } from "./cell/errors.ts";
import { AbortedError, ArgumentError, CellstateError, FileError, ShapeError, TrainingError } from "./errors.ts";
import { recipeOf } from "./recipe.ts";

/** Raised when page and worker of different versions no longer understand one another. */
export const PROTOCOL = 1;

/** From the page. `id` counts the calls. */
export type Request =
  | { readonly id: number; readonly call: string; readonly on?: number; readonly given: unknown[]; readonly ask: Ask }
  | { readonly id: number; readonly abort: true }
  /** The page has put the checkpoint away, or failed to. */
  | { readonly id: number; readonly stored: boolean };

/** What the page wants to hear of besides the result. */
export interface Ask {
  readonly progress?: boolean;
  readonly checkpoint?: boolean;
  /** The signal was aborted before the call. */
  readonly aborted?: boolean;
}

/** From the worker. */
export type Answer =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: SentError }
  | { readonly id: number; readonly progress: unknown }
  | { readonly id: number; readonly checkpoint: unknown };

/** Stands for a model or a stream in the worker. */
export interface Handle {
  readonly handle: number;
  readonly about?: Readonly<Record<string, unknown>>;
}

/** A Web Worker, a worker of Node's, or a port to one of them. */
export interface Endpoint {
  postMessage(message: unknown, transfer?: readonly ArrayBuffer[]): void;
  addEventListener?(kind: string, hear: (event: { data?: unknown; message?: string }) => void): void;
  on?(kind: string, hear: (value: unknown) => void): void;
  start?(): void;
  ref?(): void;
  unref?(): void;
  terminate?(): unknown;
  close?(): void;
}

export function listen<M>(endpoint: Endpoint, hear: (message: M) => void): void {
  // other messages over the same worker are its owner's business
  const filtered = (message: unknown): void => {
    if ((message as { cellstate?: unknown } | null)?.cellstate === PROTOCOL) hear(message as M);
  };
  if (endpoint.on) endpoint.on("message", filtered);
  else endpoint.addEventListener?.("message", (event) => filtered(event.data));
  endpoint.start?.();
}

export const post = (endpoint: Endpoint, message: Request | Answer, transfer: readonly ArrayBuffer[] = []): void =>
  endpoint.postMessage({ cellstate: PROTOCOL, ...message }, transfer);

const RECIPE = "cellstate recipe";

/**
 * A value as a message can carry it. Nothing is handed over: the sender keeps its arrays.
 *
 * @throws {ArgumentError} at a function, with the path to what holds it
 */
export function packed(value: unknown, where: string, path: string): unknown {
  if (typeof value === "function") refuse(where, path, "a function");
  if (typeof value !== "object" || value === null) return value;
  const recipe = recipeOf(value);
  if (recipe) return { [RECIPE]: recipe.call, given: recipe.given.map((one) => packed(one, where, path)) };
  if (ArrayBuffer.isView(value)) return withoutRest(value);
  if (Array.isArray(value)) return value.some(isObject) ? value.map((one) => packed(one, where, path)) : value;
  if (!isPlain(value)) {
    // what the platform makes, a Map or a Date, can cross; an instance of a class would arrive without its methods
    if (Object.prototype.toString.call(value) === "[object Object]") refuse(where, path, "an instance of a class");
    return value;
  }
  if (Object.values(value).some((one) => typeof one === "function")) refuse(where, path, "made by hand");
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, packed(one, where, `${path}.${key}`)]));
}

/** What `packed` made, with every recipe made anew by the call of its name. */
export function unpacked(value: unknown, calls: Readonly<Record<string, (...given: never[]) => unknown>>): unknown {
  if (Array.isArray(value)) return value.some(isObject) ? value.map((one) => unpacked(one, calls)) : value;
  if (!isObject(value) || !isPlain(value)) return value;
  const fields = Object.fromEntries(Object.entries(value).map(([key, one]) => [key, unpacked(one, calls)]));
  const call = fields[RECIPE];
  if (call === undefined) return fields;
  const make = Object.hasOwn(calls, String(call)) ? calls[String(call)] : undefined;
  if (make === undefined) {
    throw new CellstateError("worker", `The worker does not know ${call}: it runs another version of cellstate.`);
  }
  return make(...(fields.given as never[]));
}

function refuse(where: string, argument: string, described: string): never {
  throw new ArgumentError({
    where,
    argument,
    given: undefined,
    described,
    expected:
      "plain data, or made by a call of the library's: windows, batches, a task's training, adam, cosine, ema …",
    mend: "functions cannot cross into a worker: batches(x, targets, { batch }) serves any sequences; or train on this thread: train(model, data, options).",
  });
}

const isObject = (value: unknown): value is object =>
  (typeof value === "object" && value !== null) || typeof value === "function";

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null;
}

/** A message carries an array's whole buffer: a small part of a large one goes alone. */
function withoutRest(view: ArrayBufferView): ArrayBufferView {
  if (view.byteLength * 2 >= view.buffer.byteLength || view instanceof DataView) return view;
  return Uint8Array.prototype.slice.call(view); // every typed array's; Buffer's own would not copy
}

/** The buffers in a result that nobody else reads any more, each once. */
export function buffersOf(value: unknown, found = new Set<ArrayBuffer>()): Set<ArrayBuffer> {
  if (ArrayBuffer.isView(value)) {
    if (value.buffer instanceof ArrayBuffer && value.byteLength === value.buffer.byteLength) found.add(value.buffer);
  } else if (isObject(value)) for (const one of Object.values(value)) buffersOf(one, found);
  return found;
}

const classes = {
  CellstateError,
  ShapeError,
  ArgumentError,
  FileError,
  TrainingError,
  AbortedError,
  CellError,
  RangeError,
  TypeError,
} as const;

export interface SentError {
  readonly kind: string | undefined;
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** The class's own: `where`, `given`, `mend` … */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

export function sentError(error: unknown): SentError {
  const from = error instanceof Error ? error : new Error(String(error));
  const kind = Object.entries(classes).find(([, one]) => from.constructor === one)?.[0];
  const { name, message, stack } = from;
  const fields = Object.fromEntries(Object.entries(from).map(([key, one]) => [key, cloneable(one)]));
  return { kind, name, message, stack, fields, ...("cause" in from && { cause: cloneable(from.cause) }) };
}

/** The same class again, with the same fields and sentence. */
export function receivedError({ kind, name, message, stack, fields, ...more }: SentError): Error {
  const error = new Error(message, more);
  if (kind !== undefined && Object.hasOwn(classes, kind)) {
    Object.setPrototypeOf(error, classes[kind as keyof typeof classes].prototype);
  }
  Object.assign(error, fields);
  for (const [key, value] of Object.entries({ stack, ...(error.name !== name && { name }) })) {
    Object.defineProperty(error, key, { value, configurable: true, writable: true });
  }
  return error;
}

function cloneable(value: unknown): unknown {
  try {
    return structuredClone(value);
  } catch {
    return String(value);
  }
}
