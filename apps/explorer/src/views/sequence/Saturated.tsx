/** Of every value of the layer, how much stands near its bounds: gates that are shut, open, or in between. */
import { createMemo, For } from "solid-js";
import { stagesOf } from "../../parts/colours.ts";
import { Num, short } from "../../parts/numbers.tsx";
import { ask } from "../../session/ask.ts";
import { asked, place } from "../../session/question.ts";
import { here } from "../../session/session.ts";

export function Saturated() {
  const found = ask("saturation", () => ({ of: asked(), at: place() }));
  const stages = createMemo(() => stagesOf(here.layer()!.cell));
  return (
    <section class="card stack" aria-label="Saturation">
      <h2>How saturated</h2>
      <p class="muted small">
        Of all units and steps: the share below the lower bound, the share above the upper one, and the mean.
      </p>
      <div class="scroll">
        <table class="data saturation">
          <thead>
            <tr>
              <th scope="col">value</th>
              <th scope="col">
                <span class="unseen">as a bar</span>
              </th>
              <th scope="col">below</th>
              <th scope="col">above</th>
              <th scope="col">mean</th>
            </tr>
          </thead>
          <tbody>
            <For each={found.answer()}>
              {(one) => (
                <tr style={{ "--stage": stages().get(one.name)?.colour }}>
                  <th scope="row">
                    <i>{stages().get(one.name)?.sign}</i> {one.name}
                  </th>
                  <td class="saturation-bar" style={{ "--low": one.low, "--high": one.high }} />
                  <td>
                    <span class="muted">{short(one.below, 1)}:</span> <Num value={one.low} as="percent" />
                  </td>
                  <td>
                    <span class="muted">{short(one.above, 1)}:</span> <Num value={one.high} as="percent" />
                  </td>
                  <td>
                    <Num value={one.mean} />
                  </td>
                </tr>
              )}
            </For>
          </tbody>
        </table>
      </div>
    </section>
  );
}
