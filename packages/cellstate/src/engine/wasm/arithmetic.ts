/**
 * How kernels compute. Strict, the default: every product and every sum is rounded, so that the bits are the same on
 * every machine. Fast arithmetic is chosen by `fast.ts` where it is asked for.
 */
import { TILING, type Tiling } from "./kernel.ts";

export interface Arithmetic {
  /** Multiplies and adds in one instruction, which may round once. */
  readonly fuses: boolean;
  readonly product: Tiling;
  readonly gradient: Tiling;
}

export const STRICT: Arithmetic = { fuses: false, product: TILING, gradient: TILING };
