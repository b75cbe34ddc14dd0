/**
 * SHA-256 (FIPS 180-4) over bytes, at once and in every JavaScript engine: `crypto.subtle` is asynchronous and
 * missing on pages without HTTPS.
 */

/** The first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
const ROUND = new Int32Array(64);
/** The same of the square roots of the first 8 primes. */
const START = new Int32Array(8);

for (let candidate = 2, found = 0; found < 64; candidate++) {
  let isPrime = true;
  for (let divisor = 2; divisor * divisor <= candidate; divisor++) isPrime &&= candidate % divisor !== 0;
  if (!isPrime) continue;
  ROUND[found] = rootBits(candidate, 3);
  if (found < 8) START[found] = rootBits(candidate, 2);
  found += 1;
}

/** ⌊2³² · n^(1/degree)⌋ mod 2³², in whole numbers. */
function rootBits(n: number, degree: 2 | 3): number {
  const shifted = BigInt(n) << BigInt(32 * degree);
  let root = 0n;
  for (let bit = 35n; bit >= 0n; bit--) {
    const trial = root | (1n << bit);
    if ((degree === 2 ? trial * trial : trial * trial * trial) <= shifted) root = trial;
  }
  return Number(BigInt.asIntN(32, root));
}

/** A digest that takes its bytes piece by piece. */
export interface Digest {
  update(bytes: Uint8Array): Digest;
  /** 64 hexadecimal digits; the digest takes no more bytes after it. */
  hex(): string;
}

export function sha256(): Digest {
  const hash = START.slice();
  const words = new Int32Array(64);
  const pending = new Uint8Array(64);
  const pendingView = new DataView(pending.buffer);
  let filled = 0;
  let total = 0;

  const block = (view: DataView, at: number): void => {
    for (let t = 0; t < 16; t++) words[t] = view.getInt32(at + 4 * t);
    for (let t = 16; t < 64; t++) {
      const x = words[t - 15]!;
      const y = words[t - 2]!;
      const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
      const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
      words[t] = (words[t - 16]! + s0 + words[t - 7]! + s1) | 0;
    }
    let a = hash[0]!;
    let b = hash[1]!;
    let c = hash[2]!;
    let d = hash[3]!;
    let e = hash[4]!;
    let f = hash[5]!;
    let g = hash[6]!;
    let h = hash[7]!;
    for (let t = 0; t < 64; t++) {
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + ROUND[t]! + words[t]!) | 0;
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + t1) | 0;
      d = c;
      c = b;
      b = a;
      a = (t1 + t2) | 0;
    }
    hash[0]! += a;
    hash[1]! += b;
    hash[2]! += c;
    hash[3]! += d;
    hash[4]! += e;
    hash[5]! += f;
    hash[6]! += g;
    hash[7]! += h;
  };

  const digest: Digest = {
    update(bytes) {
      total += bytes.length;
      let at = 0;
      if (filled > 0) {
        at = Math.min(64 - filled, bytes.length);
        pending.set(bytes.subarray(0, at), filled);
        filled += at;
        if (filled < 64) return digest;
        block(pendingView, 0);
      }
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      for (; at + 64 <= bytes.length; at += 64) block(view, at);
      pending.set(bytes.subarray(at));
      filled = bytes.length - at;
      return digest;
    },
    hex() {
      // a 1 bit, zeros, and the length in bits as 64-bit number at a block's end
      const bits = total * 8;
      const tail = new Uint8Array((filled < 56 ? 64 : 128) - filled);
      tail[0] = 0x80;
      const view = new DataView(tail.buffer);
      view.setUint32(tail.length - 8, Math.floor(bits / 4294967296));
      view.setUint32(tail.length - 4, bits >>> 0);
      digest.update(tail);
      return Array.from(hash, (word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
    },
  };
  return digest;
}
