/**
 * Which dot product this machine multiplies integers with: by what is offered and right, and then by timing. All give the
 * same sums, so that the choice is one of speed alone.
 */
import { type Code, flatten, i32x4 } from "../wasm/assembler.ts";
import { detectFeatures } from "../wasm/features.ts";
import { type Dot, paired, portable, relaxed } from "./dots.ts";
import { addPairs, dotFours, dotTwos } from "./instructions.ts";

let chosen: Dot | undefined;

/** Looks once, in less than a millisecond. */
export function chooseDot(): Dot {
  chosen ??= detectFeatures().relaxedDot.state !== "works" ? portable : isOneInstruction() ? relaxed : paired;
  return chosen;
}

/**
 * Has the machine the dot product of four bytes as one instruction, or is it put together from three? One result goes
 * into the next, so that time is latency: 4 or 5 cycles against 10 or 11, also as the baseline compiler makes it.
 */
function isOneInstruction(): boolean {
  const [value, steps, nothing] = [1, 2, 3].map((local): Code => [0x20, local]) as [Code, Code, Code];
  const whole = chain(dotFours(value, steps, nothing));
  const parts = chain(addPairs(dotTwos(value, steps), nothing));
  const best = (run: (times: number) => number): number => {
    const start = performance.now();
    run(TURNS);
    return performance.now() - start;
  };
  const times = Array.from({ length: TRIES }, () => [best(whole), best(parts)] as const);
  const least = (of: 0 | 1): number => Math.min(...times.map((pair) => pair[of]));
  return least(0) < 0.8 * least(1);
}

const TURNS = 1000; // some 20 µs
const TRIES = 12;
const LINKS = 8; // operations of a turn

/** (func run (param times i32) (result i32) (local value steps nothing v128) loop: value = link, LINKS times). */
function chain(link: Code): (times: number) => number {
  const code: Code = [
    [1, 3, 0x7b],
    [i32x4.const(0x01020304, 0x05060708, 0x090a0b0c, 0x0d0e0f10), 0x21, 2],
    [0x03, 0x40, Array<Code>(LINKS).fill([link, 0x21, 1])],
    [0x20, 0, 0x41, 1, 0x6b, 0x22, 0, 0x0d, 0, 0x0b], // br_if (times -= 1)
    [0x20, 1, 0xfd, 0x1b, 0, 0x0b], // the first lane
  ];
  const body = flatten(code, []);
  const leb = (n: number): number[] => (n < 128 ? [n] : [(n & 127) | 128, n >> 7]);
  const functions = [1, ...leb(body.length), ...body];
  const bytes = Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...[1, 6, 1, 0x60, 1, 0x7f, 1, 0x7f],
    ...[3, 2, 1, 0],
    ...[7, 7, 1, 3, 0x72, 0x75, 0x6e, 0, 0],
    ...[10, ...leb(functions.length), ...functions],
  ]);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
  return exports["run"] as (times: number) => number;
}
