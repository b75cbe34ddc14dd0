/** "Check these numbers": all that is on screen, computed again by the reference engine, and how far the two are apart. */
import { createEffect, createSignal, on, Show } from "solid-js";
import { asked } from "../session/question.ts";
import { sayProblem, session } from "../session/session.ts";
import type { Checked } from "../worker/check.ts";
import { work } from "../worker/line.ts";
import { Num, whole } from "./numbers.tsx";

export function Check() {
  const [found, setFound] = createSignal<Checked>();
  const [isBusy, setBusy] = createSignal(false);
  // other numbers have not been checked
  createEffect(
    on(
      () => session.look,
      () => setFound(undefined),
    ),
  );
  async function check(): Promise<void> {
    const { look } = session;
    setBusy(true);
    try {
      const checked = await work().call("check", { of: asked() });
      if (look === session.look) setFound(checked);
    } catch (error) {
      sayProblem((error as Error).message);
    } finally {
      setBusy(false);
    }
  }
  return (
    <div class="check">
      <button type="button" class="quiet small" onClick={check} disabled={isBusy()}>
        {isBusy() ? "Computing again …" : "Check these numbers"}
      </button>
      <p role="status">
        <Show when={found()}>
          {(one) => (
            <>
              <b>✓</b> {whole(one().compared)} numbers computed again in float64 by the reference engine: the largest
              difference is <Num value={one().largest} />, in {one().at}.
            </>
          )}
        </Show>
      </p>
    </div>
  );
}
