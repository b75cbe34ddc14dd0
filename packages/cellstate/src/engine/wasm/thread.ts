/**
 * What a thread of a team runs, as the text of a script: it needs no file beside the page and no bundler that knows
 * of it, in Node as in browsers. It gets the shared memory and its line of the board, and then only looks at memory:
 * a new number in its line is a new call. See `team.ts` for the board.
 */
export const BOARD = { done: 0, failed: 1, ready: 2, lines: 16 } as const;

/** A thread's line: the call's number, the module, the function, up to six numbers. */
export const LINE = { length: 16, turn: 0, module: 1, kernel: 2, numbers: 3 } as const;

/** In a function's place: compile the module, and end. */
export const KERNELS = { compile: -1, end: -2 } as const;

/** How often a thread looks before it goes to sleep: about 20 µs on a 4 GHz core. */
export const LOOKS = 2000;

export const threadSource = `
"use strict";
const serve = ({ memory, board, thread }) => {
  const words = new Int32Array(memory.buffer, board);
  const at = ${BOARD.lines} + thread * ${LINE.length};
  const numbers = at + ${LINE.numbers};
  const modules = [];
  let turn = 0;
  Atomics.add(words, ${BOARD.ready}, 1);
  for (;;) {
    for (let looks = 0; Atomics.load(words, at + ${LINE.turn}) === turn; looks++) {
      if (looks > ${LOOKS}) Atomics.wait(words, at + ${LINE.turn}, turn);
    }
    turn = Atomics.load(words, at + ${LINE.turn});
    const id = words[at + ${LINE.module}];
    const kernel = words[at + ${LINE.kernel}];
    if (kernel === ${KERNELS.end}) return;
    try {
      if (kernel >= 0) {
        const n = numbers;
        modules[id][kernel](words[n], words[n + 1], words[n + 2], words[n + 3], words[n + 4], words[n + 5]);
      } else {
        memory.grow(0); // the buffer as it is now
        const bytes = new Uint8Array(memory.buffer, words[numbers], words[numbers + 1]).slice();
        modules[id] = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } }).exports;
      }
    } catch {
      Atomics.store(words, ${BOARD.failed}, 1);
    }
    Atomics.add(words, ${BOARD.done}, 1);
    Atomics.notify(words, ${BOARD.done});
  }
};
const threads = globalThis.process?.getBuiltinModule?.("node:worker_threads");
if (threads?.workerData?.board) serve(threads.workerData);
else onmessage = ({ data }) => serve(data);
`;
