/** The noise of `engine/noise.ts`, bit for bit: what a row's lanes share in scalar integers, the lanes four at a time. */
import { type Code, f32x4, i32, i32x4, type Scope, v128 } from "./assembler.ts";
import { addressIn, type Call, SLOTS } from "./plan.ts";

const GOLDEN = 0x9e3779b9;

// mix(x) = lowbias32
function mix(w: Scope, word: Code): Code {
  const x = w.i32(word);
  const fold = (bits: number): Code => i32.xor(x.get, i32.shrU(x.get, i32.const(bits)));
  w.put(x.set(i32.mul(fold(16), i32.const(0x7feb352d))));
  w.put(x.set(i32.mul(fold(15), i32.const(0x846ca68b))));
  w.put(x.set(fold(16)));
  return x.get;
}

// key = mix(low ^ mix(high ^ mix((purpose + 1) GOLDEN ^ mix(row)))), in all lanes; `row` may stand for a sequence or an id
export function rowNoise(w: Scope, frame: Call, purpose: number, row: Code): Code {
  const place = mix(w, i32.xor(i32.const(Math.imul(purpose + 1, GOLDEN)), mix(w, row)));
  const high = mix(w, i32.xor(addressIn(frame, SLOTS.noiseHigh), place));
  return w.let(i32x4.splat(mix(w, i32.xor(addressIn(frame, SLOTS.noiseLow), high))));
}

// uniform = (mix(key + lane GOLDEN) >>> 8) / 2²⁴
export function laneNoise(w: Scope, key: Code, lanes: Code): Code {
  const fold = (x: Code, bits: number): Code => v128.xor(x, i32x4.shrU(x, bits));
  let x = w.let(i32x4.add(key, i32x4.mul(lanes, i32x4.const(GOLDEN))));
  x = w.let(i32x4.mul(fold(x, 16), i32x4.const(0x7feb352d)));
  x = w.let(i32x4.mul(fold(x, 15), i32x4.const(0x846ca68b)));
  return f32x4.mul(f32x4.convert(i32x4.shrU(w.let(fold(x, 16)), 8)), f32x4.const(2 ** -24));
}
