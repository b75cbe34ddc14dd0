/** Whether the gradients of the typed cell are right: the library's own check, at small sizes. */
import { createEffect, createSignal, on, Show } from "solid-js";
import { Num } from "../../parts/numbers.tsx";
import { work } from "../../work/line.ts";
import { lab } from "./lab.ts";

type Checked = Awaited<ReturnType<typeof check>>;
const check = (name: string, text: string) => work().call("checkGradients", { name: name || "Cell", text });

/** Of the largest derivative: what float32 rounds in a few steps stays below. */
const FINE = 1e-4;

export function Check() {
  const [found, setFound] = createSignal<Checked>();
  const [says, setSays] = createSignal("");
  createEffect(
    on(
      () => lab.fields.text,
      () => {
        setFound(undefined);
        setSays("");
      },
    ),
  );
  async function run(): Promise<void> {
    const { name, text } = lab.fields;
    setFound(undefined);
    setSays("Comparing derivatives …");
    try {
      const result = await check(name, text);
      if (text !== lab.fields.text) return;
      setFound(result);
      setSays("");
    } catch (error) {
      setSays((error as Error).message);
    }
  }
  return (
    <div class="row lab-check">
      <button type="button" class="quiet" disabled={lab.fault !== undefined} onClick={() => void run()}>
        Check the gradients
      </button>
      <p role="status" class="small-text">
        {says()}
        <Show when={found()}>
          {(result) => (
            <>
              <b>
                {result().differences.largest <= FINE * result().scale
                  ? "✓ They agree. "
                  : result().stopsGradients
                    ? "They differ, as stopgradient asks. "
                    : "✗ They differ. "}
              </b>
              {result().differences.count} derivatives beside central differences in float64: at most{" "}
              <Num value={result().differences.largest} /> apart ({result().differences.at}); the largest derivative is{" "}
              <Num value={result().scale} />. Beside the float64 engine: <Num value={result().engines.largest} />.
            </>
          )}
        </Show>
      </p>
    </div>
  );
}
