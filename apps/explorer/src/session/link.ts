/** What a link holds: view, model by name, text, fixed values and cursor; equations and settings of the lab. Never weights. */

export type Link = Readonly<Record<string, string>>;

/** The part after "#" as records; what it does not hold is missing. */
export function readLink(hash: string): Link {
  return Object.fromEntries(new URLSearchParams(hash.replace(/^#/, "")));
}

/** In a form that people can read; empty entries are left out. */
export function writeLink(link: Readonly<Record<string, string | number | undefined>>): string {
  const given = Object.entries(link).filter(([, value]) => value !== undefined && value !== "");
  const entries = given.map(([name, value]) => [name, String(value)]);
  return `#${new URLSearchParams(entries).toString()}`;
}

/** `{ f: 1 }` from "f=1,i=0", and back; what is no number is left out. */
export function readFixed(text: string | undefined): Record<string, number> {
  const pairs = (text ?? "").split(",").map((pair) => pair.split("="));
  const numbers = pairs.filter(([name, value]) => name && value !== undefined && Number.isFinite(Number(value)));
  return Object.fromEntries(numbers.map(([name, value]) => [name, Number(value)]));
}

export const writeFixed = (fixed: Readonly<Record<string, number>>): string =>
  Object.entries(fixed)
    .map(([name, value]) => `${name}=${value}`)
    .join(",");
