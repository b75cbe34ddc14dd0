/** Threads over one memory: the same bits for any number of them, wherever work is cut, and none left behind. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test, vi } from "vitest";
import type { Op } from "../../cell/operations.ts";
import { schedule } from "../../cell/schedule.ts";
import * as cells from "../../cells/index.ts";
import type { Space } from "../engine.ts";
import { createModule } from "./assembler.ts";
import { openWasm } from "./engine.ts";
import { createModules } from "./modules.ts";
import { cut, LIMITS } from "./parts.ts";
import { phasesOf } from "./phases.ts";
import { createMemory } from "./space.ts";
import { createTeam } from "./team.ts";
import { buffer, evenRows, now, type Results, runOn, scheduleOf } from "./testing.ts";

/** Everything is worth sharing, and a part is hardly anything. */
const EAGER = { part: 3e3, worthSharing: 0, worthStarting: 0 };
/** Everything is shared, in one part. */
const WHOLE = { ...EAGER, part: LIMITS.part };

const RAGGED = { batch: 9, steps: 5, active: Uint32Array.of(9, 8, 8, 5, 2) };

async function readySpace(threads: number, limits = EAGER): Promise<Space> {
  const space = openWasm({ threads, limits });
  space.join();
  // any work that is worth it starts them
  const one = schedule(cells.simpleRnn);
  runOn(space, { schedule: one, sizes: { input: 2, units: 2 }, rows: evenRows(4, 2) });
  for (let n = 0; space.ready < threads && n < 500; n++) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(space.ready).toBe(threads);
  return space;
}

const SIZES = { input: 5, units: 12, blocks: 3, heads: 3, projection: 7 };
const zoo = Object.entries(cells).filter(([, cell]) => typeof cell === "object" && "text" in cell);

describe.each([2, 3, 8])("%i threads", (threads) => {
  test("give every cell's values and gradients bit for bit as one does, wherever they are cut", async () => {
    const spaces = [await readySpace(threads), await readySpace(threads, WHOLE)];
    for (const [name, cell] of zoo) {
      const one = schedule(cell as Parameters<typeof schedule>[0]);
      for (const rows of [RAGGED, evenRows(6, 3)]) {
        const given = { schedule: one, sizes: SIZES, rows, seed: 3, givenFirst: true };
        const expected = runOn(openWasm(), given).results;
        for (const space of spaces) same(runOn(space, given).results, expected, name);
      }
    }
    for (const space of spaces) await space.leave();
  });
});

function same(found: Results, expected: Results, name: string): void {
  for (const [key, lines] of expected) {
    const isSame = lines.every((line, r) => line.every((v, k) => Object.is(v, found.get(key)![r]![k]!)));
    if (!isSame) expect(found.get(key), `${name} ${key}`).toEqual(lines);
  }
}

test("threads that have left can come back", async () => {
  const space = await readySpace(2);
  await space.leave();
  expect(space.ready).toBe(1);
  space.join();
  runOn(space, { schedule: schedule(cells.simpleRnn), sizes: { input: 2, units: 2 }, rows: evenRows(4, 2) });
  for (let n = 0; space.ready < 2 && n < 500; n++) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(space.ready).toBe(2);
  space.close();
});

test("a clock that jumps, as while a machine sleeps, is no thread that does not answer", async () => {
  const space = await readySpace(3);
  const given = { schedule: schedule(cells.lstm), sizes: { input: 60, units: 120 }, rows: evenRows(64, 30) };
  const expected = runOn(openWasm(), given).results;
  let time = 0;
  const clock = vi.spyOn(performance, "now").mockImplementation(() => (time += 100_000));
  try {
    same(runOn(space, given).results, expected, "lstm");
  } finally {
    clock.mockRestore();
    space.close();
  }
});

/** A web worker that says nothing, or cannot be given a memory. */
function fakeWorkers(post = (): void => {}): { given: { board: number }[]; ended: number } {
  const seen = { given: [] as { board: number }[], ended: 0 };
  vi.stubGlobal(
    "Worker",
    class {
      postMessage(given: { board: number }): void {
        seen.given.push(given);
        post();
      }
      terminate(): void {
        seen.ended++;
      }
    },
  );
  return seen;
}

describe("web workers", () => {
  test("keep their lines when they are ended: they do not say when they look no more", async () => {
    const workers = fakeWorkers();
    try {
      const memory = createMemory(true);
      const team = createTeam(memory, 3, EAGER);
      team.join();
      team.threadsFor(1e9, 8);
      await team.leave();
      expect(workers.ended).toBe(2);
      const { address } = memory.allocate(16);
      expect(address * 4).toBeGreaterThan(workers.given[0]!.board);
    } finally {
      vi.unstubAllGlobals();
    }
  });

  test("that cannot be given a memory are ended, and the caller works alone", () => {
    const workers = fakeWorkers(() => {
      throw new Error("no memory can be sent");
    });
    try {
      const team = createTeam(createMemory(true), 3, EAGER);
      team.join();
      expect(team.threadsFor(1e9, 8)).toBe(1);
      expect(team.threadsFor(1e9, 8)).toBe(1);
      expect(workers).toMatchObject({ ended: 1 });
      expect(workers.given).toHaveLength(1);
    } finally {
      vi.unstubAllGlobals();
    }
  });
});

test("threads of Deno, which has no classic web workers, are Node's", async () => {
  fakeWorkers();
  vi.stubGlobal("Deno", {});
  try {
    const space = await readySpace(2);
    await space.leave();
    expect(space.ready).toBe(1);
  } finally {
    vi.unstubAllGlobals();
  }
});

test("a module that nobody holds any more leaves its number to another", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const { memory } = createMemory(true);
  const load = createModules(memory);
  const bytes = (n: number): Uint8Array<ArrayBuffer> => {
    const module = createModule();
    module.export(
      "0",
      module.define(n, () => {}),
    );
    return module.bytes(true);
  };
  const held = load(bytes(0));
  expect(load(bytes(0))).toBe(held);
  let most = 0;
  for (let n = 1; n <= 40; n++) {
    most = Math.max(most, load(bytes(n))[0]!.module.id);
    await new Promise((resolve) => setImmediate(resolve));
    if (n % 10 === 0) collect();
  }
  expect(held[0]!.module.id).toBe(0);
  expect(most).toBeLessThanOrEqual(10);
});

test("shares are whole tiles of four rows where there are enough, and all rows together", () => {
  const shares = (count: number, of: number): number[] =>
    Array.from({ length: of }, (_, k) => cut(count, k + 1, of) - cut(count, k, of));
  expect(shares(32, 2)).toEqual([16, 16]);
  expect(shares(32, 3)).toEqual([8, 12, 12]);
  expect(shares(33, 2)).toEqual([16, 17]);
  expect(shares(5, 3)).toEqual([1, 2, 2]);
  expect(shares(2, 3)).toEqual([0, 1, 1]);
});

describe("phases", () => {
  const panel = { parameters: ["W"], rows: "units", columns: "units" };
  const W = { name: "W", kind: "matrix", rows: "units", columns: "units" } as const;
  const product = (from: string, into: string, time: "now" | "before" = "now"): Op => ({
    op: "product",
    into: now(into),
    from: { name: from, time },
    panel,
    transposed: false,
    start: "zero",
  });
  const gradient: Op = { op: "gradient", panel, left: now("x"), right: now("y") };
  const buffers = ["x", "s", "y"].map((name) => buffer(name, "units", name === "s" ? "state" : "rows"));
  const kinds = (ops: Op[]): string[] =>
    phasesOf(scheduleOf([W], buffers, ops), ops).map(({ kind, ops: own }) => `${kind} ${own.length}`);

  test("hold what only looks at its own rows", () => {
    expect(kinds([product("x", "s"), product("s", "y")])).toEqual(["rows 2"]);
  });
  test("end where the step before is read of what the phase writes, before or behind", () => {
    expect(kinds([product("x", "s"), product("s", "y", "before")])).toEqual(["rows 1", "rows 1"]);
    expect(kinds([product("s", "y", "before"), product("x", "s")])).toEqual(["rows 1", "rows 1"]);
  });
  test("never add to the same gradient twice", () => {
    expect(kinds([product("x", "y"), gradient, gradient])).toEqual(["rows 1", "results 1", "results 1"]);
  });
});
