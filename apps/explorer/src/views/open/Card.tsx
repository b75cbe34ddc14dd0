/** A model's card: what it is, how large, what it reads, how it was trained, and how good it is beside a baseline. */
import { For, type JSX, Show } from "solid-js";
import { short, visible, whole } from "../../parts/numbers.tsx";
import type { ModelCard } from "../../worker/models.ts";
import { trainingFacts, verdict } from "./facts.ts";
import { layerLine, readingLine } from "./lines.ts";

export function Card(props: { model: ModelCard }) {
  const cells = () => [...new Map(props.model.layers.map(({ cell }) => [cell.text, cell])).values()];
  const tokens = () => ("tokens" in props.model.reading ? props.model.reading.tokens : []);
  return (
    <section class="card model-card" aria-label={`Card of ${props.model.name}`}>
      <h2>{props.model.name}</h2>
      <Show when={verdict(props.model.facts)}>{(text) => <p class="verdict">{text()}</p>}</Show>
      <dl class="facts">
        <Fact name="parameters">{whole(props.model.parameterCount)}</Fact>
        <Fact name="file">
          {whole(props.model.bytes)} bytes, {props.model.weights === "i8" ? "8-bit matrices" : "floating point"}
        </Fact>
        <Fact name="reads">{readingLine(props.model.reading)}</Fact>
        <Fact name="layers">
          <For each={props.model.architecture.layers}>{(layer) => <span class="line">{layerLine(layer)}</span>}</For>
        </Fact>
        <For each={trainingFacts(props.model.facts)}>{([name, text]) => <Fact name={name}>{text}</Fact>}</For>
      </dl>
      <For each={cells()}>
        {(cell) => (
          <figure class="equations">
            <figcaption>{cell.name}</figcaption>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by key */}
            <section class="scroll" tabIndex={0} aria-label={`Equations of ${cell.name}`} innerHTML={cell.markup} />
          </figure>
        )}
      </For>
      <Show when={tokens().length > 0}>
        <details>
          <summary>Vocabulary: {tokens().length} symbols</summary>
          <p class="tokens">
            <For each={tokens()}>{(token) => <span class="token">{visible(token)}</span>}</For>
          </p>
        </details>
      </Show>
      <details>
        <summary>Parameters: {props.model.parameters.length} arrays</summary>
        <table class="data">
          <thead>
            <tr>
              <th scope="col">name</th>
              <th scope="col">shape</th>
            </tr>
          </thead>
          <tbody>
            <For each={props.model.parameters}>
              {(p) => (
                <tr>
                  <th scope="row">{p.name}</th>
                  <td>[{p.shape.map((n) => short(n)).join(", ")}]</td>
                </tr>
              )}
            </For>
          </tbody>
        </table>
      </details>
    </section>
  );
}

function Fact(props: { name: string; children: JSX.Element }) {
  return (
    <div>
      <dt>{props.name}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}
