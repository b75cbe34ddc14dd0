/** Which products of a cell read a state's value before the step: what recurrent dropout and weight drop are about. */
import { walk } from "./check.ts";
import type { Expression, Syntax } from "./syntax.ts";

type Equations = Pick<Syntax, "definitions">;

/** The state whose value before the step a name stands for: `h[t-1]` itself, or `r = stopgradient(h[t-1])`. */
export function pastOf({ definitions }: Equations): (e: Expression) => string | undefined {
  const past = (e: Expression): string | undefined => {
    if (e.kind === "negative") return past(e.of);
    if (e.kind === "call") return e.function === "stopgradient" ? past(e.arguments[0]!) : undefined;
    if (e.kind !== "name") return undefined;
    if (e.previous) return e.name;
    const alias = definitions.find((d) => d.names.length === 1 && d.names[0] === e.name);
    return alias && past(alias.value);
  };
  return (e) => (e.kind === "name" ? past(e) : undefined);
}

/** The matrices that multiply a state's past. */
export function recurrentMatrices(syntax: Equations): Set<string> {
  const past = pastOf(syntax);
  const products = syntax.definitions.flatMap(({ value }) => [...walk(value)]).filter((e) => e.kind === "product");
  return new Set(products.filter(({ of }) => [...walk(of)].some(past)).map(({ matrix }) => matrix));
}
