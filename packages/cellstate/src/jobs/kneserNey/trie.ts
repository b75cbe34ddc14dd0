/**
 * All n-grams of a text up to some order, as a tree: a node is an n-gram, its parent the same without the last symbol.
 * Nodes are numbers, kept in a few flat arrays and found by hashing (parent, symbol), so that a million n-grams are
 * some ten million numbers and no objects.
 */

/** The empty n-gram, above all symbols. */
export const ROOT = 0;
/** No such n-gram. */
export const NONE = -1;

export interface Trie {
  /** Nodes so far, the root among them; they are numbered in the order in which they came. */
  readonly size: number;
  /** The node of the parent's n-gram and one more symbol, or `NONE`. */
  find(parent: number, symbol: number): number;
  /** The same; made if it is new, then its number is what `size` was before. Counts it once more. */
  count(parent: number, symbol: number): number;
  /** One more symbol has been seen in front of a node's n-gram. */
  addContinuation(node: number): void;
  parentOf(node: number): number;
  /** How often the text has a node's n-gram. */
  countOf(node: number): number;
  /** How many different symbols the text has in front of it. */
  continuationsOf(node: number): number;
}

export function createTrie(): Trie {
  let room = 1 << 12;
  let size = 1;
  let parents = new Int32Array(room);
  let symbols = new Int32Array(room);
  let counts = new Int32Array(room);
  let continuations = new Int32Array(room);
  /** Node numbers, 0 where nothing is: the root is nobody's child. */
  let slots = new Int32Array(2 * room);

  /** The slot of (parent, symbol), or the free one where it belongs. */
  function slotOf(parent: number, symbol: number): number {
    const mask = slots.length - 1;
    let hash = Math.imul(parent, 0x9e3779b1) ^ Math.imul(symbol + 1, 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    let slot = (hash ^ (hash >>> 13)) & mask;
    for (;;) {
      const node = slots[slot]!;
      if (node === 0 || (parents[node] === parent && symbols[node] === symbol)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  function grow(): void {
    room *= 2;
    parents = larger(parents);
    symbols = larger(symbols);
    counts = larger(counts);
    continuations = larger(continuations);
    slots = new Int32Array(2 * room);
    for (let node = 1; node < size; node++) slots[slotOf(parents[node]!, symbols[node]!)] = node;
  }

  return {
    get size() {
      return size;
    },
    find: (parent, symbol) => slots[slotOf(parent, symbol)]! || NONE,
    count(parent, symbol) {
      const slot = slotOf(parent, symbol);
      const known = slots[slot]!;
      if (known !== 0) {
        counts[known]!++;
        return known;
      }
      const node = size++;
      slots[slot] = node;
      parents[node] = parent;
      symbols[node] = symbol;
      counts[node] = 1;
      if (size === room) grow();
      return node;
    },
    addContinuation(node) {
      continuations[node]!++;
    },
    parentOf: (node) => parents[node]!,
    countOf: (node) => counts[node]!,
    continuationsOf: (node) => continuations[node]!,
  };
}

function larger(numbers: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const copy = new Int32Array(2 * numbers.length);
  copy.set(numbers);
  return copy;
}
