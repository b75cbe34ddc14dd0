/** How the cursor's number came about: the equation with numbers put in, the largest terms of its sums, the rest, the result. */
import type { Arithmetic as Found, Term, Terms } from "cellstate/analysis";
import { For, type JSX, Show } from "solid-js";
import type { Stage } from "../../parts/colours.ts";
import { Formula } from "../../parts/formula.tsx";
import { Num, visible } from "../../parts/numbers.tsx";
import { session } from "../../session/session.ts";

export interface ArithmeticProps {
  readonly found: Found | undefined;
  readonly problem: string | undefined;
  readonly stage: Stage;
  /** The equation, typeset. */
  readonly equation: string;
  /** It is of an earlier place of the cursor. */
  readonly isOld: boolean;
}

export function Arithmetic(props: ArithmeticProps) {
  return (
    <section class="arithmetic card" style={{ "--stage": props.stage.colour }} aria-label="Arithmetic of one number">
      <Show when={props.found} fallback={<p class="muted">{props.problem ?? "…"}</p>}>
        {(found) => <Sum {...props} found={found()} />}
      </Show>
    </section>
  );
}

function Sum(props: ArithmeticProps & { found: Found }) {
  const found = () => props.found;
  const hasFunction = () => found().preActivation !== undefined;
  /** Sums that stand inside of something else: r * (R_n @ h[t-1]). */
  const inner = () => found().sums.filter(({ text }) => found().addends.others.some((one) => one.text.includes(text)));
  const rows = (): Row[] => [
    ...rowsOf(found().addends),
    ...[...found().addends.bias, ...found().addends.others].map(({ text, value }) => ({
      name: <Formula text={text} />,
      value: value!,
    })),
  ];
  return (
    <div classList={{ outdated: props.isOld }}>
      <h2>
        <span class="muted">{props.stage.numeral}</span> <i>{props.stage.sign}</i>{" "}
        <span class="value-name">{found().name}</span> of unit {found().unit} <span class="muted">=</span>{" "}
        <Num value={found().value} />
      </h2>
      <div class="scroll equation" innerHTML={props.equation} />
      <p class="put-in">
        <For each={found().tokens}>
          {({ text, value }) => (
            <Show when={value !== undefined} fallback={<Formula text={text} />}>
              <span class="number-of">
                <Num value={value!} />
                <Formula text={text} />
              </span>
            </Show>
          )}
        </For>
      </p>
      <Table rows={rows()}>
        <Show when={hasFunction()}>
          <Line name="sum" value={found().preActivation!} />
        </Show>
        <Line
          name={
            <>
              <span class="value-name">{found().name}</span>
              {hasFunction() && (
                <>
                  {" = "}
                  <Formula text={found().tokens[0]!.text} />
                  sum)
                </>
              )}
            </>
          }
          value={found().computed}
        />
      </Table>
      <For each={inner()}>
        {(sum) => (
          <>
            <p class="inner">
              in it <Formula text={sum.text} />
            </p>
            <Table rows={rowsOf(sum)}>
              <Line name="sum" value={sum.value} />
            </Table>
          </>
        )}
      </For>
    </div>
  );
}

interface Row {
  readonly name: JSX.Element;
  readonly value: number;
  /** Weight and value. */
  readonly term?: Term;
}

const rowsOf = ({ largest, rest }: Terms): Row[] => [
  ...largest.map((term) => ({ name: <Source term={term} />, value: term.product, term })),
  ...(rest.count > 0 ? [{ name: `${rest.count} other terms`, value: rest.value }] : []),
];

function Table(props: { rows: readonly Row[]; children: JSX.Element }) {
  const most = () => Math.max(1e-12, ...props.rows.map(({ value }) => Math.abs(value)));
  return (
    <table class="terms">
      <tbody>
        <For each={props.rows}>{(row) => <Line {...row} part={row.value / most()} />}</For>
      </tbody>
      <tfoot>{props.children}</tfoot>
    </table>
  );
}

function Line(props: Row & { part?: number }) {
  return (
    <tr>
      <th scope="row">
        {props.name}
        <Show when={props.term}>
          {(term) => (
            <span class="product">
              <Num value={term().weight} /> · <Num value={term().value} />
            </span>
          )}
        </Show>
      </th>
      <td>{props.part !== undefined && <span class="term-bar" style={{ "--v": props.part }} />}</td>
      <td>
        <Num value={props.value} />
      </td>
    </tr>
  );
}

/** Where the value of a term comes from, in words. */
function Source(props: { term: Term }) {
  const { source, index } = props.term;
  if (source !== "x") {
    return (
      <>
        <Formula text={source} />, unit {index}
      </>
    );
  }
  const { model, look, cursor } = session;
  const isFirst = model!.layers[cursor.layer]!.layer === model!.layers[0]!.layer;
  if (!isFirst) return `layer below, unit ${index}`;
  if (model!.reading.kind === "values") return `input ${index}`;
  return `“${visible(look!.tokens[cursor.step]!)}”, dimension ${index}`;
}
