/** Tests of model files: a file with other content and a digest that fits, and damage of all kinds, from a seed. */
import type { Generator } from "../data/random.ts";
import { type Safetensors, type StoredTensor, withDigest, writeSafetensors } from "./safetensors.ts";

/** The file with other tensors or another description, and a digest that fits. */
export function sealed(
  { tensors, metadata }: Safetensors,
  others: Readonly<Record<string, StoredTensor | undefined>>,
  change: (card: Record<string, unknown>) => unknown = (card) => card,
): Uint8Array {
  const card = JSON.parse(metadata.get("cellstate")!);
  const all = new Map(tensors);
  for (const [name, tensor] of Object.entries(others)) {
    if (tensor) all.set(name, tensor);
    else all.delete(name);
  }
  const changed = change(card) ?? card;
  const text = typeof changed === "string" ? changed : JSON.stringify(changed);
  return writeSafetensors(withDigest({ tensors: all, metadata: new Map([...metadata, ["cellstate", text]]) }));
}

const MARKS = [...'{}[]":,\\0123456789eE.-+ tfnu\n~@[t-1]_'].map((c) => c.charCodeAt(0));

/** One to three edits: a bit, a byte, a piece cut out, copied or moved, the end cut off. */
export function mutated(bytes: Uint8Array, headerLength: number, random: Generator): Uint8Array {
  let made: Uint8Array = bytes.slice();
  const edits = 1 + random.integer(3);
  for (let n = 0; n < edits; n++) {
    const at = random.integer(made.length || 1);
    const inHeader = Math.min(8 + random.integer(headerLength), Math.max(made.length - 1, 0));
    const kind = random.integer(7);
    if (kind === 0) made[at]! ^= 1 << random.integer(8);
    else if (kind === 1) made = made.slice(0, at);
    else if (kind === 2) made[inHeader] = MARKS[random.integer(MARKS.length)]!;
    else if (kind === 3) made[inHeader] = random.integer(256);
    else if (kind === 4) made[random.integer(8)] = random.integer(256);
    else if (kind === 5) made = join(made.subarray(0, inHeader), made.subarray(inHeader + 1 + random.integer(9)));
    else made = join(made.subarray(0, inHeader), made.subarray(at, at + 20), made.subarray(inHeader));
  }
  return made;
}

const join = (...parts: Uint8Array[]): Uint8Array => {
  const made = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    made.set(part, at);
    at += part.length;
  }
  return made;
};

const WORDS = ["0", "-1", "1e9", "1099511627776", "1.5", "1e999", '"x"', "null", "true", "{}", "[]", '"__proto__"'];

/** JSON with a value or a key replaced, a piece cut out or repeated, or a character changed. */
export function mutatedText(text: string, random: Generator): string {
  const spots = [...text.matchAll(/-?\d+(\.\d+)?|"[^"]*"|true|false|null|[[{]/g)];
  const spot = spots[random.integer(spots.length)]!;
  const other = spots[random.integer(spots.length)]![0];
  const [from, to] = [spot.index, spot.index + spot[0].length];
  const at = random.integer(text.length);
  const kind = random.integer(5);
  if (kind === 0) return text.slice(0, from) + WORDS[random.integer(WORDS.length)]! + text.slice(to);
  if (kind === 1) return text.slice(0, from) + other + text.slice(to);
  if (kind === 2) return text.slice(0, at) + text.slice(at + 1 + random.integer(6));
  if (kind === 3) return text.slice(0, at) + text.slice(at, at + random.integer(60)) + text.slice(at);
  return text.slice(0, at) + String.fromCharCode(MARKS[random.integer(MARKS.length)]!) + text.slice(at + 1);
}
