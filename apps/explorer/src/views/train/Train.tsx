/** "Can it learn my text?": a text, a time, and a training to watch; the file that comes out is the command line's. */
import { Show } from "solid-js";
import { TextSource } from "../../parts/TextSource.tsx";
import { Live } from "./Live.tsx";
import { Plan } from "./Plan.tsx";
import { setSource, takeTales, training } from "./training.ts";
import "./train.css";

export function Train() {
  return (
    <div class="train">
      <div class="stack">
        <section class="card stack" aria-label="The text">
          <h2>Your text</h2>
          <p class="muted">
            A network reads it character by character and learns to go on with it. Everything happens in this page;
            nothing is sent anywhere.
          </p>
          <TextSource source={training.source} onSource={setSource} onTales={takeTales} />
        </section>
        <Plan />
      </div>
      <Show when={training.run} fallback={<Outlook />}>
        {(run) => <Live run={run()} />}
      </Show>
    </div>
  );
}

/** What stands where the training will be. */
function Outlook() {
  return (
    <section class="card train-empty" aria-label="What happens then">
      <h2>What you will see</h2>
      <ol>
        <li>The machine is timed on a few updates, so that the training fits into the time that you give it.</li>
        <li>The loss falls, on the text that is learned and on a part that is kept back to judge on.</li>
        <li>
          Counting which character follows which is the level to beat. What the model writes goes from noise to words.
        </li>
        <li>Stop whenever you like: the best model so far is kept. Save it, or look inside.</li>
      </ol>
    </section>
  );
}
