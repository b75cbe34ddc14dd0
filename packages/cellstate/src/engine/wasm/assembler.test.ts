/** What the assembler does beyond writing bytes: constants before loops, and parts abreast. */
import { expect, test } from "vitest";
import { type Code, createModule, f32x4, i32, i32x4, type Local, v128 } from "./assembler.ts";
import { instantiate } from "./testing.ts";

const count = (bytes: Uint8Array, pattern: readonly number[]): number =>
  bytes.filter((_, at) => pattern.every((byte, k) => bytes[at + k] === byte)).length;

/** Adds x to the vector at an address, so many times. */
const adding = (x: () => Code) => (module: ReturnType<typeof createModule>) =>
  module.export(
    "add",
    module.define(2, (w) => {
      const [at, times] = w.parameters as [Local, Local];
      w.repeat(
        () => {
          w.put(v128.store(at.get, f32x4.add(v128.load(at.get), x())));
          w.put(v128.store(at.get, f32x4.add(v128.load(at.get), x())));
          w.put(times.set(i32.sub(times.get, i32.const(1))));
        },
        () => times.get,
      );
    }),
  );

test("a loop's constant is made once, before the loop", () => {
  const { kernels, memory } = instantiate(adding(() => f32x4.const(1.5)));
  const region = memory.allocate(4);
  kernels["add"]!(region.address * 4, 10);
  expect([...memory.floats(region)]).toEqual([30, 30, 30, 30]);

  const module = createModule();
  adding(() => f32x4.const(1.5))(module);
  const bytes = module.bytes();
  expect(count(bytes, [0xfd, 0x0c, 0, 0, 0xc0, 0x3f])).toBe(1);
});

test("parts abreast are written a statement of each in turn, and all of the longer one", () => {
  const { kernels, memory } = instantiate((module) =>
    module.export(
      "write",
      module.define(1, (w) => {
        const at = w.parameters[0]!.get;
        const n = w.i32(i32.const(1));
        const step = (factor: number) => () => w.put(n.set(i32.add(i32.mul(n.get, i32.const(factor)), i32.const(1))));
        w.abreast([() => [10, 10, 10].forEach((factor) => step(factor)()), () => step(100)()]);
        w.put(v128.store(at, f32x4.splat(f32x4.lane(f32x4.convert(i32x4.splat(n.get)), 0))));
      }),
    ),
  );
  const region = memory.allocate(4);
  kernels["write"]!(region.address * 4);
  // ((((1 · 10 + 1) · 100 + 1) · 10 + 1) · 10 + 1
  expect(memory.floats(region)[0]).toBe(110111);
});
