/** How the cursor's number came about: the equation with numbers put in, the largest terms of its sums, the rest, the result. */
import type { Arithmetic as Found, Term, TermSum, Token } from "cellstate/analysis";
import { For, Show } from "solid-js";
import type { Stage } from "../../parts/colours.ts";
import { Formula } from "../../parts/formula.tsx";
import { Num, visible } from "../../parts/numbers.tsx";
import { session } from "../../session/session.ts";

export interface ArithmeticProps {
  readonly found: Found | undefined;
  readonly problem: string | undefined;
  readonly stage: Stage;
  /** It is of an earlier place of the cursor. */
  readonly isOld: boolean;
}

export function Arithmetic(props: ArithmeticProps) {
  return (
    <section class="arithmetic card" style={{ "--stage": props.stage.colour }} aria-label="Arithmetic of one number">
      <Show when={props.found} fallback={<p class="muted">{props.problem ?? "…"}</p>}>
        {(found) => <Sum found={found()} stage={props.stage} isOld={props.isOld} />}
      </Show>
    </section>
  );
}

function Sum(props: { found: Found; stage: Stage; isOld: boolean }) {
  const found = () => props.found;
  const hasTerms = () => found().addends.largest.length > 0;
  /** Sums that stand inside of something else: r * (R_n @ h[t-1]). */
  const inner = () => found().sums.filter(({ text }) => found().addends.others.some((one) => one.text.includes(text)));
  const scale = () => {
    const { largest, rest, bias, others } = found().addends;
    const sizes = [rest.value, ...largest.map(({ product }) => product), ...[...bias, ...others].map((t) => t.value!)];
    return Math.max(1e-12, ...sizes.map(Math.abs));
  };
  return (
    <div classList={{ old: props.isOld }}>
      <h2>
        <span class="muted">{props.stage.numeral}</span> <i>{props.stage.sign}</i>{" "}
        <span class="value-name">{found().name}</span> of unit {found().unit} <span class="muted">=</span>{" "}
        <Num value={found().value} />
      </h2>
      <p class="put-in">
        <For each={found().tokens}>{(token) => <Piece token={token} />}</For>
      </p>
      <table class="terms">
        <caption class="unseen">
          What {found().preActivation === undefined ? found().name : "the function is taken of"} adds up from
        </caption>
        <tbody>
          <For each={found().addends.largest}>{(term) => <TermRow term={term} scale={scale()} />}</For>
          <Show when={hasTerms() && found().addends.rest.count > 0}>
            <Row
              name={`${found().addends.rest.count} other terms`}
              value={found().addends.rest.value}
              scale={scale()}
            />
          </Show>
          <For each={[...found().addends.bias, ...found().addends.others]}>
            {(token) => <Row name={token.text} value={token.value!} scale={scale()} />}
          </For>
        </tbody>
        <tfoot>
          <Show when={found().preActivation !== undefined}>
            <tr>
              <th scope="row">sum</th>
              <td />
              <td>
                <Num value={found().preActivation!} />
              </td>
            </tr>
          </Show>
          <tr class="result">
            <th scope="row">
              <span class="value-name">{found().name}</span>
              <Show when={found().preActivation !== undefined}>
                {" "}
                = <Formula text={found().tokens[0]!.text} />
                sum)
              </Show>
            </th>
            <td />
            <td>
              <Num value={found().computed} />
            </td>
          </tr>
        </tfoot>
      </table>
      <For each={inner()}>{(sum) => <Inner sum={sum} />}</For>
    </div>
  );
}

/** A number with what it stands for below it, or what stands between numbers. */
function Piece(props: { token: Token }) {
  return (
    <Show
      when={props.token.value !== undefined}
      fallback={
        <span class="between-numbers">
          <Formula text={props.token.text} />
        </span>
      }
    >
      <span class="number-of">
        <Num value={props.token.value!} />
        <small>
          <Formula text={props.token.text} />
        </small>
      </span>
    </Show>
  );
}

function Inner(props: { sum: TermSum }) {
  const scale = () =>
    Math.max(1e-12, Math.abs(props.sum.rest.value), ...props.sum.largest.map((t) => Math.abs(t.product)));
  return (
    <table class="terms">
      <caption>
        in it <Formula text={props.sum.text} /> = <Num value={props.sum.value} />
      </caption>
      <tbody>
        <For each={props.sum.largest}>{(term) => <TermRow term={term} scale={scale()} />}</For>
        <Show when={props.sum.rest.count > 0}>
          <Row name={`${props.sum.rest.count} other terms`} value={props.sum.rest.value} scale={scale()} />
        </Show>
      </tbody>
    </table>
  );
}

function Row(props: { name: string; value: number; scale: number }) {
  return (
    <tr>
      <th scope="row">
        <Formula text={props.name} />
      </th>
      <td>
        <span class="term-bar" style={{ "--v": props.value / props.scale }} />
      </td>
      <td>
        <Num value={props.value} />
      </td>
    </tr>
  );
}

/** Where the value of a term comes from, in words. */
function Source(props: { term: Term }) {
  const input = (): string => {
    const { model, look, cursor } = session;
    const isFirst = model!.layers[cursor.layer]!.layer === model!.layers[0]!.layer;
    if (!isFirst) return `layer below, unit ${props.term.index}`;
    if (model!.reading.kind === "values") return `input ${props.term.index}`;
    return `“${visible(look!.tokens[cursor.step]!)}”, dimension ${props.term.index}`;
  };
  return (
    <Show when={props.term.source !== "x"} fallback={input()}>
      <Formula text={props.term.source} />, unit {props.term.index}
    </Show>
  );
}

function TermRow(props: { term: Term; scale: number }) {
  return (
    <tr>
      <th scope="row">
        <Source term={props.term} />
        <span class="product">
          <Num value={props.term.weight} /> · <Num value={props.term.value} />
        </span>
      </th>
      <td>
        <span class="term-bar" style={{ "--v": props.term.product / props.scale }} />
      </td>
      <td>
        <Num value={props.term.product} />
      </td>
    </tr>
  );
}
