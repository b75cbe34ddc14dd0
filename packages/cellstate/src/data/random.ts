/**
 * Seeded random numbers for everything outside the engine: start values, shuffles, sampling. Draw number n is a
 * function of seed, purpose and n alone, so a generator's whole state is a count, and two purposes never share
 * a stream. The mixer is the engine's (`engine/noise.ts`); the same numbers come out on every machine.
 */
import { mix } from "../engine/noise.ts";
import { ArgumentError } from "../errors.ts";
import { cosPi, log } from "./numbers.ts";

/** All there is to know about a generator; plain data. */
export interface GeneratorState {
  readonly seed: number;
  readonly purpose: string;
  /** How many 32-bit words have been drawn. */
  readonly drawn: number;
}

/** Random numbers, the same for the same seed everywhere. */
export interface Generator {
  /** In [0, 1), 53 bits. */
  uniform(): number;
  /** A whole number in 0 … n − 1, each as likely as any other. */
  integer(n: number): number;
  /** Mean 0, variance 1. */
  normal(): number;
  state(): GeneratorState;
  /** Puts the generator where `state()` was taken. */
  restore(state: GeneratorState): void;
}

const GOLDEN = 0x9e3779b9;
const WORDS = 4294967296; // 2³²
const STEPS = 9007199254740992; // 2⁵³

/**
 * A seeded generator.
 *
 * @param seed - a whole number, 0 … 2⁵³ − 1
 * @param purpose - what the numbers are for; other purposes draw other numbers from the same seed
 * @throws {ArgumentError} if the seed is no such number
 * @example
 * const random = generator(1, "shuffle");
 * const dice = random.integer(6) + 1; // 1 … 6
 */
export function generator(seed: number, purpose: string | number): Generator {
  let keys = keysOf(seed, String(purpose));
  let drawn = 0;

  // two rounds with two keys: with one, every seed would draw the same sequence from another place
  const word = (): number => {
    const low = drawn >>> 0;
    const high = Math.floor(drawn / WORDS);
    drawn += 1;
    return mix(mix((Math.imul(low, GOLDEN) + keys.first) ^ mix(high)) ^ keys.second);
  };
  const whole = (): number => {
    const high = word() >>> 5;
    return high * 67108864 + (word() >>> 6); // 27 + 26 bits
  };

  return {
    uniform: () => whole() / STEPS,
    integer(n) {
      if (!(Number.isSafeInteger(n) && n > 0)) {
        throw new ArgumentError({
          where: "generator.integer",
          argument: "n",
          given: n,
          expected: "a whole number of at least 1",
          mend: "n is how many values there are to choose from: 0 … n − 1.",
        });
      }
      const limit = STEPS - (STEPS % n);
      let value = whole();
      while (value >= limit) value = whole(); // the last, incomplete run of n would favour small values
      return value % n;
    },
    // Box and Muller, 1958; the sine's twin is thrown away, so that the state stays a count
    normal() {
      const radius = Math.sqrt(-2 * log((whole() + 1) / STEPS));
      return radius * cosPi(2 * (whole() / STEPS));
    },
    state: () => ({ seed: keys.seed, purpose: keys.purpose, drawn }),
    restore(state) {
      if (!(Number.isSafeInteger(state.drawn) && state.drawn >= 0)) {
        throw new ArgumentError({
          where: "generator.restore",
          argument: "state.drawn",
          given: state.drawn,
          expected: "a whole number of at least 0",
          mend: "put back what generator.state() returned, unchanged.",
        });
      }
      keys = keysOf(state.seed, state.purpose);
      drawn = state.drawn;
    },
  };
}

interface Keys {
  readonly seed: number;
  readonly purpose: string;
  readonly first: number;
  readonly second: number;
}

function keysOf(seed: number, purpose: string): Keys {
  if (!(Number.isSafeInteger(seed) && seed >= 0)) {
    throw new ArgumentError({
      where: "generator",
      argument: "seed",
      given: seed,
      expected: "a whole number from 0 to 9007199254740991",
      mend: "give any such number; the same one gives the same results again.",
    });
  }
  let hash = mix(purpose.length + 1);
  for (let i = 0; i < purpose.length; i++) hash = mix(hash ^ Math.imul(purpose.charCodeAt(i) + 1, GOLDEN));
  const low = seed >>> 0;
  const high = Math.floor(seed / WORDS);
  return {
    seed,
    purpose,
    first: mix(low ^ mix(high ^ hash)),
    second: mix(mix(low + GOLDEN) ^ mix(high + hash)),
  };
}

/** 0 … n − 1 in random order, every order as likely (Fisher and Yates). */
export function permutation(n: number, random: Generator): Uint32Array {
  const order = new Uint32Array(n);
  for (let i = 0; i < n; i++) order[i] = i;
  for (let i = n - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    const kept = order[i]!;
    order[i] = order[j]!;
    order[j] = kept;
  }
  return order;
}
