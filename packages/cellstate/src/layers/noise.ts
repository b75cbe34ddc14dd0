/**
 * A layer's noise as equations: its options rewrite the text of its cell, whatever cell that is, so that what is trained
 * can be read, printed, and typed by hand. Nothing here knows a cell; states, products and roles are all there is.
 */
import { inferAxes } from "../cell/axes.ts";
import { type Cell, cell as makeCell } from "../cell/cell.ts";
import { walk } from "../cell/check.ts";
import { pastOf, recurrentMatrices } from "../cell/past.ts";
import { printSyntax } from "../cell/print/text.ts";
import { type Definition, type Expression, functionNames, roleOf, type Syntax } from "../cell/syntax.ts";
import { numberText } from "../cell/text.ts";
import type { RecurrentLayer } from "./layers.ts";

/**
 * The cell that a layer runs while it is trained: its equations with the layer's zoneout, recurrent dropout and weight
 * drop written into them. Parameters keep their names and shapes.
 *
 * @param layer - what `recurrent(…)` returned
 * @param options.training - false: the cell that runs otherwise, with zoneout's mean and nothing else; default true
 * @returns the layer's own cell, if there is nothing to write
 * @example console.log(printCell(noisyCell(recurrent(lstm, { units: 64, zoneout: { c: 0.5, h: 0.05 } }))));
 */
export function noisyCell(
  { cell: { name, text }, zoneout = {}, recurrentDropout = 0, weightDrop = 0 }: RecurrentLayer,
  { training = true }: { readonly training?: boolean } = {},
): Cell {
  let made: Cell = makeCell(name, text);
  if (training && recurrentDropout > 0) made = withRecurrentDropout(made, recurrentDropout);
  if (training && weightDrop > 0) made = withWeightDrop(made, weightDrop);
  const rates = new Map(
    made.facts.states.map((s) => [s, typeof zoneout === "number" ? zoneout : (zoneout[s] ?? 0)] as const),
  );
  return [...rates.values()].some((rate) => rate > 0) ? withZoneout(made, rates) : made;
}

const at = { line: 0, column: 0, length: 0 };
const name = (of: string, previous = false): Expression => ({ kind: "name", name: of, previous, at });
const number = (value: number): Expression => ({ kind: "number", value, at });
const binary = (operator: "+" | "-" | "*" | "/", left: Expression, right: Expression): Expression => ({
  kind: "binary",
  operator,
  left,
  right,
  at,
});
const bernoulli = (p: number, perSequence: boolean): Expression => ({
  kind: "call",
  function: "bernoulli",
  arguments: [number(p)],
  ...(perSequence && { perSequence: true as const }),
  at,
});
type Said = Pick<Definition, "axis" | "caption" | "heading">;
const definition = (of: string, value: Expression, { axis, caption, heading }: Partial<Said>): Definition => ({
  names: [of],
  places: [at],
  value,
  ...(axis !== undefined && { axis }),
  ...(caption !== undefined && { caption }),
  ...(heading !== undefined && { heading }),
});

/** 1 − 0.9 is 0.1, and not what binary fractions make of it. */
const rest = (rate: number): number => Number((1 - rate).toPrecision(12));

const rewritten = ({ name: own, syntax }: Cell, changes: Partial<Syntax>): Cell =>
  makeCell(own, printSyntax({ syntax: { ...syntax, ...changes } }));

/** Names that the cell has not, made of one of its own and a letter before it. */
function namer({ syntax }: Cell): (letter: string, of: string) => string {
  const taken = new Set<string>(["x", "t", ...functionNames, ...syntax.definitions.flatMap((d) => d.names)]);
  return (letter, of) => {
    let found = letter + of;
    while (taken.has(found) || found in {}) found = letter + found;
    taken.add(found);
    return found;
  };
}

/** The axis that a new name is to say: units go without saying. */
function axisSaid(cell: Cell): (of: string) => string | undefined {
  const { values } = inferAxes(cell);
  return (of) => (values.get(of) === "units" ? undefined : values.get(of));
}

/** Every part of an expression may be replaced; `within`: inside a product's operand. */
function mapped(e: Expression, change: (e: Expression, within: boolean) => Expression, within = false): Expression {
  const part = (p: Expression, inside = within): Expression => mapped(p, change, inside);
  switch (e.kind) {
    case "number":
    case "name":
      return change(e, within);
    case "negative":
      return { ...e, of: part(e.of) };
    case "product":
      return { ...e, of: part(e.of, true) };
    case "binary":
      return { ...e, left: part(e.left), right: part(e.right) };
    case "call":
      return { ...e, arguments: e.arguments.map((a) => part(a)) };
  }
}

/**
 * Every state's past that stands in a product is multiplied with a mask that stays the same for all steps of a
 * sequence. Gal & Ghahramani, "A Theoretically Grounded Application of Dropout in Recurrent Neural Networks", 2016,
 * eq. 7 (tied weights).
 */
function withRecurrentDropout(cell: Cell, rate: number): Cell {
  const fresh = namer(cell);
  const said = axisSaid(cell);
  const past = pastOf(cell.syntax);
  const masks = new Map<string, string>();
  const definitions = cell.syntax.definitions.map((d) => ({
    ...d,
    value: mapped(d.value, (e, within) => {
      const state = within ? past(e) : undefined;
      if (state === undefined) return e;
      if (!masks.has(state)) masks.set(state, fresh("m", state));
      return binary("*", e, name(masks.get(state)!));
    }),
  }));
  const kept = rest(rate);
  const drawn = [...masks].map(([state, mask]) => {
    const caption = `recurrent dropout: 0 or 1/${numberText(kept)}, the same for all steps of a sequence`;
    return definition(mask, binary("/", bernoulli(kept, true), number(kept)), { caption, axis: said(state) });
  });
  return rewritten(cell, { definitions: [...drawn, ...definitions] });
}

/**
 * The weights of all matrices that multiply a state's past are dropped, but for those that the cell drops itself.
 * Merity, Keskar & Socher, "Regularizing and Optimizing LSTM Language Models", 2018, section 3.
 */
function withWeightDrop(cell: Cell, rate: number): Cell {
  const { syntax, facts } = cell;
  const recurrent = recurrentMatrices(syntax);
  const own = new Set(syntax.dropped.map(({ target }) => target));
  const matrices = facts.parameters.filter(({ kind }) => kind === "matrix").map((p) => p.name);
  const isWhole = (role: string): boolean => matrices.every((m) => roleOf(m) !== role || recurrent.has(m));
  const left = [...recurrent].filter((m) => !own.has(m) && !own.has(roleOf(m)));
  const targets = new Set(left.map((m) => (isWhole(roleOf(m)) ? roleOf(m) : m)));
  return rewritten(cell, { dropped: [...syntax.dropped, ...[...targets].map((target) => ({ target, rate, at }))] });
}

/**
 * s = z · s[t-1] + (1 − z) · (what s would be). States propose their values from one another's proposals, as they
 * would without noise; the output y reads what is kept. Krueger et al., "Zoneout: Regularizing RNNs by Randomly
 * Preserving Hidden Activations", 2017, eq. 5 and 6.
 */
function withZoneout(cell: Cell, rates: ReadonlyMap<string, number>): Cell {
  const fresh = namer(cell);
  const said = axisSaid(cell);
  const isZoned = (of: string): boolean => (rates.get(of) ?? 0) > 0;
  const proposing = definitionsOfStates(cell);
  const proposals = new Map<string, string>();
  const propose = (state: string): void => {
    if (isZoned(state) && !proposals.has(state)) proposals.set(state, fresh("n", state));
  };
  for (const d of cell.syntax.definitions) {
    if (d.names.length > 1) d.names.forEach(propose);
    if (!proposing.has(d)) continue;
    for (const e of walk(d.value)) if (e.kind === "name" && !e.previous) propose(e.name);
  }
  const kept = (state: string, proposed: Expression, { heading, axis, caption }: Partial<Said>): Definition[] => {
    const z = fresh("z", state);
    const past = binary("*", name(z), name(state, true));
    const next = binary("*", binary("-", number(1), name(z)), proposed);
    const why = `zoneout: where it is 1, ${state} keeps its value`;
    return [
      definition(z, bernoulli(rates.get(state)!, false), { heading, axis: said(state), caption: why }),
      definition(state, binary("+", past, next), { axis, caption }),
    ];
  };
  const definitions = cell.syntax.definitions.flatMap((d): Definition[] => {
    const value = proposing.has(d)
      ? mapped(d.value, (e) => {
          const proposal = e.kind === "name" && !e.previous ? proposals.get(e.name) : undefined;
          return proposal === undefined ? e : name(proposal);
        })
      : d.value;
    const renamed = d.names.filter((n) => proposals.has(n));
    if (renamed.length === 0) return isZoned(d.names[0]!) ? kept(d.names[0]!, value, d) : [{ ...d, value }];
    const axis = d.axis ?? (d.names.length === 1 ? said(d.names[0]!) : undefined);
    const names = d.names.map((n) => proposals.get(n) ?? n);
    return [
      { ...d, names, value, ...(axis !== undefined && { axis }) },
      ...renamed.flatMap((n) =>
        kept(n, name(proposals.get(n)!), { axis: d.axis, caption: `zoneout: what is kept of ${n}` }),
      ),
    ];
  });
  return rewritten(cell, { definitions });
}

/** Those from which some state's next value is computed. */
function definitionsOfStates({ facts, syntax }: Cell): Set<Definition> {
  const found = new Set<Definition>();
  const visit = (of: string): void => {
    const d = syntax.definitions.find(({ names }) => names.includes(of));
    if (d === undefined || found.has(d)) return;
    found.add(d);
    for (const e of walk(d.value)) if (e.kind === "name" && !e.previous) visit(e.name);
  };
  facts.states.forEach(visit);
  return found;
}
