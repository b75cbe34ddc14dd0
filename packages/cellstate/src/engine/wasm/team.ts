/**
 * Threads that work on one memory. The caller's own thread takes a share of every call and then waits for the others:
 * it looks for a bounded time, then sleeps. Threads are started when somebody who has joined has enough for them to do,
 * and end when the last has left. Where memory cannot be shared, the team is its caller alone.
 *
 * The board lies in the shared memory: how many have finished the call under way, whether one failed, how many have
 * started, and a line for every thread (`thread.ts`).
 */
import type { Region } from "../engine.ts";
import { createModules, type Kernel, type LoadedModule } from "./modules.ts";
import { LIMITS, type Limits } from "./parts.ts";
import type { Memory } from "./space.ts";
import { BOARD, KERNELS, LINE, LOOKS, threadSource } from "./thread.ts";

export interface Team {
  /** How many threads there may be, the caller's included. */
  readonly most: number;
  readonly limits: Limits;
  /** How many can take part now, the caller's included. */
  readonly ready: number;
  /** How many take part in so many FLOP over so many rows; threads are started once they are worth it. */
  threadsFor(flop: number, rows: number): number;
  /** A module's functions, by their index, for all threads. */
  load(bytes: Uint8Array<ArrayBuffer>): readonly Kernel[];
  /** Runs the kernel `shares` times at once; `put` writes the numbers it is called with, up to six. */
  run(kernel: Kernel, shares: number, put: (share: number, numbers: Int32Array, at: number) => void): void;
  /** Says that there will be work; threads are started when there is enough of it. */
  join(): void;
  /** The last who leaves ends the threads, at once or, with `lingering`, after a while in which nobody has joined. */
  leave(lingering?: boolean): Promise<void>;
  close(): void;
}

interface Crew {
  readonly board: Region;
  readonly words: Int32Array;
  readonly threads: readonly Thread[];
  /** What the threads have been given. */
  readonly modules: WeakSet<LoadedModule>;
}

/** How long threads outlast their last caller, milliseconds: starting one takes about 30, and asleep it costs nothing. */
const LINGER = 5000;
/** A part takes milliseconds; a thread that has not finished after this will not, milliseconds. */
const PATIENCE = 60_000;
/** How long the caller sleeps at a time, milliseconds; a machine that has slept meanwhile was no impatient one. */
const NAP = 1000;

export function createTeam(memory: Memory, most: number, limits = LIMITS): Team {
  const own = new Int32Array(6);
  const size = memory.isShared ? most : 1;
  let crew: Crew | undefined;
  let users = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let wanted = 0;
  let isLost = false;

  function start(): void {
    try {
      const board = memory.allocate(BOARD.lines + size * LINE.length);
      const words = new Int32Array(memory.memory.buffer, board.address * 4, board.length);
      const threads: Thread[] = [];
      crew = { board, words, threads, modules: new WeakSet() };
      for (let thread = 1; thread < size; thread++) {
        threads.push(startThread({ memory: memory.memory, board: board.address * 4, thread }));
      }
    } catch {
      // where no thread can be started, the caller works alone
      isLost = true;
      void end();
    }
  }

  async function end(): Promise<void> {
    const ending = crew;
    crew = undefined;
    wanted = 0;
    if (timer !== undefined) clearTimeout(timer);
    timer = undefined;
    if (ending === undefined) return;
    // terminate() alone wakes no thread that sleeps, in Deno
    for (let thread = 1; thread < size; thread++) callOne(ending.words, thread, 0, KERNELS.end);
    const areOver = await Promise.all(ending.threads.map((thread) => thread.end()));
    // one that may still look at its line would take what others write there for a call
    if (areOver.every(Boolean) && !isClosed) memory.free(ending.board);
  }
  let isClosed = false;

  const isReady = (): boolean => crew !== undefined && Atomics.load(crew.words, BOARD.ready) === size - 1;

  /** Calls shares `1 …`; `wait` is to follow. */
  function callOthers({ words }: Crew, { id }: LoadedModule, kernel: number, shares: number): void {
    words[BOARD.done] = 0;
    for (let share = 1; share < shares; share++) callOne(words, share, id, kernel);
  }

  function wait({ words }: Crew, others: number): void {
    let done = Atomics.load(words, BOARD.done);
    let waited = 0;
    let last = 0;
    for (let looks = 0; done < others; looks++) {
      if (looks > LOOKS) {
        const now = performance.now();
        if (last > 0) waited += Math.min(now - last, NAP);
        last = now;
        if (waited > PATIENCE) fail("does not answer");
        if (mayWait) Atomics.wait(words, BOARD.done, done, NAP);
      }
      done = Atomics.load(words, BOARD.done);
    }
    if (words[BOARD.failed] !== 0) fail("has failed");
  }

  function fail(how: string): never {
    isLost = true;
    void end();
    throw new Error(`a thread of the wasm engine ${how}; from now on there is one thread`);
  }

  /** Gives the threads a module that they do not have yet. */
  function share(all: Crew, module: LoadedModule): void {
    const { bytes } = module;
    const region = memory.allocate(Math.ceil(bytes.length / 4));
    new Uint8Array(memory.memory.buffer, region.address * 4, bytes.length).set(bytes);
    for (let thread = 1; thread < size; thread++) {
      const at = BOARD.lines + thread * LINE.length + LINE.numbers;
      all.words[at] = region.address * 4;
      all.words[at + 1] = bytes.length;
    }
    callOthers(all, module, KERNELS.compile, size);
    wait(all, size - 1);
    memory.free(region);
    all.modules.add(module);
  }

  return {
    most: size,
    limits,
    get ready() {
      return isReady() ? size : 1;
    },
    threadsFor(flop, rows) {
      if (size === 1 || rows === 1 || flop < limits.worthSharing) return 1;
      if (crew === undefined && users > 0 && !isLost) {
        wanted += flop;
        if (wanted > limits.worthStarting) start();
      }
      return isReady() ? Math.min(size, rows) : 1;
    },
    load: createModules(memory.memory),
    run(kernel, shares, put) {
      put(0, own, 0);
      const all = shares > 1 ? crew : undefined;
      if (all === undefined) {
        kernel.run(own[0]!, own[1]!, own[2]!, own[3]!, own[4]!, own[5]!);
        return;
      }
      if (!all.modules.has(kernel.module)) share(all, kernel.module);
      for (let other = 1; other < shares; other++)
        put(other, all.words, BOARD.lines + other * LINE.length + LINE.numbers);
      callOthers(all, kernel.module, kernel.index, shares);
      kernel.run(own[0]!, own[1]!, own[2]!, own[3]!, own[4]!, own[5]!);
      wait(all, shares - 1);
    },
    join() {
      users++;
      if (timer !== undefined) clearTimeout(timer);
      timer = undefined;
    },
    async leave(lingering = false) {
      users--;
      if (users > 0 || crew === undefined) return;
      if (!lingering) await end();
      else {
        timer = setTimeout(() => void end(), LINGER);
        letGo(timer);
      }
    },
    close() {
      isClosed = true;
      void end();
    },
  };
}

/** A timer that keeps no process alive: Node's and Bun's way, and Deno's. */
function letGo(timer: ReturnType<typeof setTimeout>): void {
  (timer as { unref?: () => void }).unref?.();
  (globalThis as { Deno?: { unrefTimer?: (timer: unknown) => void } }).Deno?.unrefTimer?.(timer);
}

function callOne(words: Int32Array, thread: number, module: number, kernel: number): void {
  const at = BOARD.lines + thread * LINE.length;
  words[at + LINE.module] = module;
  words[at + LINE.kernel] = kernel;
  Atomics.add(words, at + LINE.turn, 1);
  Atomics.notify(words, at + LINE.turn);
}

/** May this thread sleep? A page's own may not. */
const mayWait = ((): boolean => {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 0);
    return true;
  } catch {
    return false;
  }
})();

interface Thread {
  /** Is it surely over when this is? A web worker does not say when it ends. */
  end(): Promise<boolean>;
}

interface Given {
  readonly memory: WebAssembly.Memory;
  /** The address of the board. */
  readonly board: number;
  readonly thread: number;
}

function startThread(given: Given): Thread {
  const node =
    globalThis.process?.versions?.node === undefined ? undefined : process.getBuiltinModule?.("node:worker_threads");
  // Deno has both, but no classic web workers, and ends no web worker that sleeps
  const isDeno = "Deno" in globalThis;
  if (node !== undefined && (isDeno || typeof Worker !== "function")) {
    const worker = new node.Worker(threadSource, { eval: true, workerData: given, execArgv: [] });
    worker.unref();
    worker.on("error", () => {}); // it is waited for in vain, and then it is missed
    return { end: () => worker.terminate().then(() => !isDeno) };
  }
  const url = URL.createObjectURL(new Blob([threadSource], { type: "text/javascript" }));
  const worker = new Worker(url);
  (worker as { unref?: () => void }).unref?.();
  worker.onerror = (event) => event.preventDefault(); // as above
  const end = async (): Promise<boolean> => {
    worker.terminate();
    URL.revokeObjectURL(url);
    return false;
  };
  try {
    worker.postMessage(given);
  } catch (error) {
    void end(); // one that cannot share memory is no thread
    throw error;
  }
  return { end };
}
