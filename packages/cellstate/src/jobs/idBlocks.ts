/** Numbers that come one by one, millions of them: kept in blocks, each as narrow as its numbers allow. */

/** As many bytes a number as the choices need. */
export type Ids = Uint8Array | Uint16Array | Uint32Array;

export interface IdBlocks {
  readonly length: number;
  put(id: number): void;
  /** Calls for each, in order, up to `end`. */
  each(end: number, take: (id: number) => void): void;
  /**
   * All of them in one array; or what `places` gives for them, numbers below `choices`, with those left out for which
   * it is negative. The blocks are given back as they are copied.
   */
  finish(choices?: number, places?: (id: number) => number): Ids;
}

const BLOCK = 1 << 20; // numbers

export function idBlocks(): IdBlocks {
  const full: (Ids | undefined)[] = [];
  const block = new Uint32Array(BLOCK);
  let filled = 0;
  let largest = 0;
  return {
    get length() {
      return full.length * BLOCK + filled;
    },
    put(id) {
      if (id > largest) largest = id;
      block[filled++] = id;
      if (filled < BLOCK) return;
      const copy = zeros(largest + 1, BLOCK);
      copy.set(block);
      full.push(copy);
      filled = 0;
    },
    each(end, take) {
      for (let at = 0; at < end; at += BLOCK) {
        const ids = full[at / BLOCK] ?? block;
        for (let k = 0; k < Math.min(BLOCK, end - at); k++) take(ids[k]!);
      }
    },
    finish(choices = largest + 1, places = (id) => id) {
      const ids = zeros(choices, full.length * BLOCK + filled);
      let to = 0;
      full.push(block.subarray(0, filled));
      for (let k = 0; k < full.length; k++) {
        for (const id of full[k]!) {
          const place = places(id);
          if (place >= 0) ids[to++] = place;
        }
        full[k] = undefined;
      }
      return to === ids.length ? ids : ids.slice(0, to);
    },
  };
}

function zeros(choices: number, length: number): Ids {
  if (choices <= 0x100) return new Uint8Array(length);
  return choices <= 0x10000 ? new Uint16Array(length) : new Uint32Array(length);
}
