/** Which known name somebody meant: the nearest by letters put in, taken out, changed or swapped. */
export function nearest(typed: string, known: Iterable<string>): string | undefined {
  const given = typed.toLowerCase();
  let best: string | undefined;
  let least = Math.max(1, Math.floor(given.length / 3)) + 0.5;
  for (const name of known) {
    const changes = distance(given, name.toLowerCase());
    if (changes < least) {
      best = name;
      least = changes;
    }
  }
  if (best !== undefined || given.length < 3) return best;
  // the beginning of a name, or a part of it
  return [...known].find((name) => name.toLowerCase().startsWith(given) || name.toLowerCase().includes(given));
}

/** Damerau and Levenshtein's, swaps of neighbours only. */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 4 || a.length > 64) return Number.POSITIVE_INFINITY;
  let last: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      let least = Math.min(row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1), row[j]! + 1, next[j - 1]! + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, last[j - 2]! + 1);
      next.push(least);
    }
    last = row;
    row = next;
  }
  return row[b.length]!;
}
