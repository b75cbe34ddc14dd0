/** Whether the gradients of the typed cell are right: the library's own check, at small sizes. */
import type { GradientCheck } from "cellstate/analysis";
import { createEffect, createSignal, on, onCleanup, Show } from "solid-js";
import { Num } from "../../parts/numbers.tsx";
import { type Line, openLine } from "../../worker/line.ts";
import { lab } from "./lab.ts";

/** Of the largest derivative: what float32 rounds in a few steps stays below. */
const FINE = 1e-4;

export function Check() {
  const [found, setFound] = createSignal<GradientCheck>();
  const [says, setSays] = createSignal("");
  let line: Line | undefined;
  const end = (): void => {
    line?.close();
    line = undefined;
  };
  createEffect(
    on(
      () => lab.fields.text,
      () => {
        end();
        setFound(undefined);
        setSays("");
      },
    ),
  );
  onCleanup(end);
  async function run(): Promise<void> {
    const { name, text } = lab.fields;
    end();
    const own = openLine();
    line = own;
    setFound(undefined);
    setSays("Comparing derivatives …");
    try {
      const result = await own.call("checkGradients", { name: name || "Cell", text });
      setFound(result);
      setSays("");
    } catch (error) {
      // closed: something else has been typed
      if (line === own) setSays((error as Error).message);
    } finally {
      if (line === own) end();
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
