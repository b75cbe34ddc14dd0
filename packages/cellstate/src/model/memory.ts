/** What an engine throws for want of memory, told as one of the library's errors. */
import { CellstateError } from "../errors.ts";

export function inMemory<T>(make: () => T, mend = "take fewer units, a smaller batch or shorter sequences."): T {
  try {
    return make();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new CellstateError("memory", `not enough memory: ${cause.message}.\n  ${mend}`, { cause });
  }
}
