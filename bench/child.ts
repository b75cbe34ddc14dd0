/**
 * One doer in a process of its own: `child.ts MODULE NAME` takes the opener NAME of MODULE, reads a request a line
 * from its input and writes an answer a line to descriptor 3. So everybody has their own memory, threads and
 * compiled code, and takes turns with the others without disturbing them.
 */
import { writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { CannotError, type Doer, type Open } from "./doer.ts";
import { readGiven } from "./given.ts";
import { peakMemory } from "./memory.ts";
import type { Answer, Request } from "./process.ts";

const [module, name] = process.argv.slice(2) as [string, string];

let doer: Doer | undefined;

async function answer(request: Request): Promise<Answer> {
  if ("open" in request) {
    const { task, folder, threads } = request.open;
    const { openers } = (await import(module)) as { openers: Record<string, Open> };
    const before = performance.now();
    doer = await openers[name]!(task, readGiven(folder), threads);
    const check = await doer.check();
    return { check: [...check], seconds: (performance.now() - before) / 1000 };
  }
  if ("run" in request) return { time: await doer!.run(request.run) };
  doer?.close();
  return { peak: peakMemory() };
}

for await (const line of createInterface({ input: process.stdin })) {
  const reply = await answer(JSON.parse(line) as Request).catch((error: Error): Answer => {
    if (error instanceof CannotError) return { cannot: error.message };
    return { failed: error.stack ?? String(error) };
  });
  writeSync(3, `${JSON.stringify(reply)}\n`);
  if ("peak" in reply) process.exit(0);
}
