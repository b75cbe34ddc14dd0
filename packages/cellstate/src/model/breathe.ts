/**
 * Lets others run between two parts of long work: timers, input, Ctrl-C, a page's frames. At most every few
 * milliseconds, so that small parts stay cheap.
 */
const PAUSE = 8; // milliseconds; half a frame

let last = 0;

export async function breathe(): Promise<void> {
  const now = performance.now();
  if (now - last < PAUSE) return;
  await new Promise<void>((resolve) => {
    if (typeof setImmediate === "function") setImmediate(resolve);
    else {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        resolve();
      };
      port2.postMessage(0);
    }
  });
  last = performance.now();
}
