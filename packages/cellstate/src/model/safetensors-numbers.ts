/**
 * Between a stored tensor's bytes and numbers. F32, F16 and BF16 become float32, I8 stays what it is, everything else
 * becomes float64; all of it exactly. Bytes are copied, since a tensor in a file may lie at any offset.
 */
import { FileError } from "../errors.ts";
import type { StoredTensor } from "./safetensors.ts";

/**
 * The numbers of a stored tensor, the last axis fastest.
 *
 * @param name - the tensor's, for messages
 * @throws {FileError} if a 64-bit whole number is beyond ±2⁵³, where float64 has gaps
 */
export function numbersOf({ dtype, bytes }: StoredTensor, name = "tensor"): Float32Array | Float64Array | Int8Array {
  if (dtype === "F16" || dtype === "BF16") {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const values = new Float32Array(bytes.length / 2);
    const words = new Uint32Array(values.buffer);
    for (let n = 0; n < values.length; n++) {
      const half = view.getUint16(2 * n, true);
      if (dtype === "F16") values[n] = fromHalf(half);
      else words[n] = half << 16;
    }
    return values;
  }
  // A plain copy: a Buffer's own slice() would share its memory.
  const { buffer } = new Uint8Array(bytes);
  if (dtype === "F32") return new Float32Array(buffer);
  if (dtype === "F64") return new Float64Array(buffer);
  if (dtype === "I8") return new Int8Array(buffer);
  if (dtype === "I32") return Float64Array.from(new Int32Array(buffer));
  if (dtype === "U8") return Float64Array.from(new Uint8Array(buffer));
  if (dtype !== "I64") {
    const mend = "convert the tensor and save the file again.";
    throw new FileError({ field: `${name}.dtype`, given: dtype, expected: "F64 F32 BF16 F16 I64 I32 I8 or U8", mend });
  }
  const whole = new BigInt64Array(buffer);
  const values = new Float64Array(whole.length);
  whole.forEach((value, n) => {
    values[n] = Number(value);
    if (Number.isSafeInteger(values[n])) return;
    const mend = "store such numbers as F64, or smaller.";
    throw new FileError({ field: `${name}[${n}]`, given: value, expected: "at most ±(2^53 − 1)", mend });
  });
  return values;
}

/** 1 sign, 5 exponent, 10 fraction bits. */
function fromHalf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * ((1024 + fraction) / 1024) * (exponent >= 15 ? 1 << (exponent - 15) : 1 / (1 << (15 - exponent)));
}

/** The largest number of half precision. */
export const LARGEST_HALF = 65504;

/**
 * A tensor to store in half precision: each number as the nearest one, ties to even; what is too large is infinite.
 */
export function halfTensor(values: Float32Array, shape: readonly number[]): StoredTensor {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  return { dtype: "F16", shape, bytes: new Uint8Array(Uint16Array.from(words, toHalf).buffer) };
}

/** From the 32 bits of a float32, not NaN. */
function toHalf(word: number): number {
  const sign = (word >>> 16) & 0x8000;
  const size = word & 0x7fffffff;
  // another bias of the exponent, and 13 fraction bits less; infinite from 65520 on
  const wide = (size - 0x38000000 + 0xfff + ((size >>> 13) & 1)) >>> 13;
  if (size >= 0x38800000) return sign | Math.min(wide, 0x7c00);
  // below 2⁻¹⁴ in whole steps of 2⁻²⁴, which is what float32 has from a half to 1
  const fraction = new Float32Array(Uint32Array.of(size).buffer)[0]!;
  return sign | ((Math.fround(0.5 + fraction) - 0.5) * 2 ** 24);
}

/**
 * A tensor to store, in its array's own type: F32, F64, I32, I8, U8 or I64. The bytes are the array's own memory.
 */
export function storedTensor(
  values: Float32Array | Float64Array | Int32Array | Int8Array | Uint8Array | BigInt64Array,
  shape: readonly number[],
): StoredTensor {
  const dtype =
    values instanceof Float32Array
      ? "F32"
      : values instanceof Float64Array
        ? "F64"
        : values instanceof Int32Array
          ? "I32"
          : values instanceof Int8Array
            ? "I8"
            : values instanceof Uint8Array
              ? "U8"
              : "I64";
  return { dtype, shape, bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) };
}
