/**
 * The engine's memory: one WebAssembly memory, cut into regions from a list of free stretches that is kept
 * in order of address, so that neighbours join again. Addresses and lengths are in numbers of 4 bytes.
 */
import type { Region } from "../engine.ts";

/** Regions begin on a cache line. */
const ALIGNMENT = 16;
const PAGE = 16384;
const MAX_PAGES = 65536;
/** Kernels read whole panels of 8 and may look past the end of the last region, never write there. */
const SLACK = 64;

export interface Memory {
  readonly memory: WebAssembly.Memory;
  /** Can other threads see it? */
  readonly isShared: boolean;
  allocate(length: number): Region;
  free(region: Region): void;
  floats(region: Region): Float32Array;
  /** All of the memory as 32-bit integers. */
  words(): Int32Array;
  close(): void;
}

interface Stretch {
  start: number;
  length: number;
}

const roundUp = (value: number, to: number): number => Math.ceil(value / to) * to;

/** `wantShared`: one that threads can share, where the platform has such. */
export function createMemory(wantShared = false): Memory {
  const memory = openMemory(wantShared);
  const isShared = !(memory.buffer instanceof ArrayBuffer);
  // Address 0 is left out: no region lies there, and kernels read zeros there (assembler.ts).
  const free: Stretch[] = [{ start: ALIGNMENT, length: PAGE - SLACK - ALIGNMENT }];
  const taken = new Map<number, number>();
  // Memory that has never been handed out is still zero.
  let untouched = ALIGNMENT;
  let words = new Int32Array(memory.buffer);
  let isClosed = false;

  /** Joins a stretch with its neighbours on both sides. */
  function giveBack(start: number, length: number): void {
    let at = free.findIndex((stretch) => stretch.start > start);
    if (at < 0) at = free.length;
    free.splice(at, 0, { start, length });
    for (const first of [at, at - 1]) {
      const a = free[first];
      const b = free[first + 1];
      if (a === undefined || b === undefined || a.start + a.length !== b.start) continue;
      a.length += b.length;
      free.splice(first + 1, 1);
    }
  }

  function grow(length: number): void {
    const now = memory.buffer.byteLength / 4;
    const last = free.at(-1);
    const atEnd = last !== undefined && last.start + last.length === now - SLACK ? last.length : 0;
    const needed = Math.ceil((length - atEnd) / PAGE);
    const pages = now / PAGE;
    // Half as much again, so that many small regions do not grow the memory many times.
    const more = Math.max(needed, Math.min(Math.ceil(pages / 2), MAX_PAGES - pages));
    const grown = [more, needed].find(tryToGrow);
    if (grown === undefined) throw new RangeError(tooMuch(length));
    words = new Int32Array(memory.buffer);
    giveBack(now - SLACK, grown * PAGE);
  }

  function tryToGrow(pages: number): boolean {
    try {
      memory.grow(pages);
      return true;
    } catch {
      return false;
    }
  }

  return {
    memory,
    isShared,
    allocate(length) {
      const size = Math.max(roundUp(length, ALIGNMENT), ALIGNMENT);
      let at = free.findIndex((stretch) => stretch.length >= size);
      if (at < 0) {
        grow(size);
        at = free.findIndex((stretch) => stretch.length >= size);
      }
      const stretch = free[at] as Stretch;
      const start = stretch.start;
      stretch.start += size;
      stretch.length -= size;
      if (stretch.length === 0) free.splice(at, 1);
      taken.set(start, size);
      const end = start + size;
      if (start < untouched) words.fill(0, start, Math.min(end, untouched));
      untouched = Math.max(untouched, end);
      return { address: start, length };
    },
    free(region) {
      if (isClosed) return;
      const size = taken.get(region.address);
      if (size === undefined) throw new Error(`no region begins at ${region.address}`);
      taken.delete(region.address);
      giveBack(region.address, size);
    },
    floats: (region) => new Float32Array(memory.buffer, region.address * 4, region.length),
    words: () => words,
    close() {
      isClosed = true;
      free.length = 0;
      taken.clear();
      words = new Int32Array(0);
    },
  };
}

/** Some systems set all of a shared memory's largest size aside at once, so that less of it may be had. */
function openMemory(wantShared: boolean): WebAssembly.Memory {
  if (wantShared && typeof SharedArrayBuffer === "function") {
    for (let maximum = MAX_PAGES; maximum >= MAX_PAGES / 16; maximum /= 2) {
      try {
        return new WebAssembly.Memory({ initial: 1, maximum, shared: true });
      } catch {}
    }
  }
  return new WebAssembly.Memory({ initial: 1, maximum: MAX_PAGES });
}

const tooMuch = (length: number): string =>
  `the wasm engine cannot take ${Math.round((length * 4) / 2 ** 20)} MB more: its memory ends at 4 GB, or the system has none left`;
