/** Threads in a page: as many as asked for where memory can be shared, none where it cannot, and the same bits. */
import { beforeAll, describe, expect, test } from "vitest";
import { chromium, firefox, inBrowser, whyNot } from "./bits/browsers.ts";
import { libraryFiles } from "./bits/bundle.ts";

/** Trains with one thread and with three; `ticks`: how often the page's own loop went round meanwhile. */
const script = `
  const { adam, createModel, crossEntropy, dense, embedding, generator, lstm, recurrent, sequential, train, windows } =
    await import("./index.js");
  const real = globalThis.Worker;
  let started = 0;
  globalThis.Worker = class extends real {
    constructor(...given) {
      super(...given);
      started++;
    }
  };
  const random = generator(1, "page");
  const ids = Uint32Array.from({ length: 16 * 40 * 4 + 1 }, () => random.integer(30));
  const run = async (threads) => {
    const architecture = sequential(
      embedding({ vocabulary: 30, size: 16 }),
      recurrent(lstm, { units: 160 }),
      dense({ units: 30 }),
    );
    const model = await createModel(architecture, { seed: 1, threads });
    let ticks = 0;
    let isOver = false;
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      ticks++;
      if (!isOver) setTimeout(() => port2.postMessage(0), 0);
    };
    port2.postMessage(0);
    started = 0;
    await train(model, windows(ids, { length: 40, batch: 16, carryState: true }), {
      loss: crossEntropy(),
      optimizer: adam({ learningRate: 1e-2 }),
      steps: 30,
      seed: 1,
    });
    isOver = true;
    const bits = model.parameters().map(({ values }) => [...new Uint32Array(values.buffer)]);
    const bytes = new Uint32Array(bits.flat());
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    model.close();
    return { started, isLively: ticks > 15, hash: [...digest].join(" ") };
  };
  return { one: await run(1), three: await run(3) };
`;

interface Answer {
  readonly started: number;
  readonly isLively: boolean;
  readonly hash: string;
}

describe.each([chromium, firefox])("in $name", (browser) => {
  let files: Awaited<ReturnType<typeof libraryFiles>>;
  beforeAll(async () => {
    files = await libraryFiles();
  });

  test.for([
    [true, 2],
    [false, 0],
  ] as const)("isolated: %s, a page starts %i threads, and stays lively", async ([isIsolated, helpers], context) => {
    const reason = whyNot(browser);
    context.skip(reason !== undefined, reason);
    const { one, three } = (await inBrowser(browser, files, script, isIsolated)) as Record<"one" | "three", Answer>;
    expect(one).toMatchObject({ started: 0, isLively: true });
    expect(three).toEqual({ ...one, started: helpers });
  });
});
