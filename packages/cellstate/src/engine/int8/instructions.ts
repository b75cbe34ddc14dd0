/**
 * The instructions on integers that the kernels of 8-bit matrices need besides those of `wasm/assembler.ts`. Opcodes:
 * WebAssembly core specification 2.0, §5.4; the relaxed one: the relaxed SIMD proposal, now part of 3.0.
 */
import type { Code } from "../wasm/assembler.ts";

const simd = (opcode: number): number[] => [0xfd, ...leb(opcode)];
const leb = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...leb(value >> 7)]);
const at = (align: number, offset: number): Code => [align, leb(offset)];

/** One number in the first lane, 0 in the others. */
export const loadFirst = (address: Code, offset = 0): Code => [address, simd(0x5c), at(2, offset)];
/** The lower 8 bytes of a vector. */
export const storeHalf = (address: Code, value: Code): Code => [
  [address, value, simd(0x5b)],
  [at(3, 0), 0],
];

/** Eight 32-bit integers as 16 bits; those that do not fit saturate. */
export const narrow32 = (a: Code, b: Code): Code => [a, b, simd(0x85)];
/** Sixteen 16-bit integers as bytes without sign. */
export const narrow16 = (a: Code, b: Code): Code => [a, b, simd(0x66)];
export const add16 = (a: Code, b: Code): Code => [a, b, simd(0x8e)];
export const splat16 = (value: number): Code => [simd(0x0c), Array<number[]>(8).fill([value & 255, value >> 8])];

export const shiftRight16 = (a: Code, by: number): Code => [a, 0x41, by, simd(0x8c)];

/** sum + Σ of 2 products of 16-bit integers in each lane. */
export const dotPairs = (a: Code, b: Code, sum: Code): Code => [[a, b, simd(0xba)], sum, simd(0xae)];
/** Σ of 2 products, 8 bits with sign by 7 bits without, in each of eight 16-bit lanes. */
export const dotTwos = (a: Code, b: Code): Code => [a, b, simd(0x112)];
/** sum + Σ of two neighbouring 16-bit lanes. */
export const addPairs = (a: Code, sum: Code): Code => [[a, simd(0x7e)], sum, simd(0xae)];
/** sum + Σ of 4 products in each lane, 8 bits with sign by 7 bits without. */
export const dotFours = (a: Code, b: Code, sum: Code): Code => [a, b, sum, simd(0x113)];

export const f32Max = (a: Code, b: Code): Code => [a, b, 0x97];
export const f32Div = (a: Code, b: Code): Code => [a, b, 0x95];
