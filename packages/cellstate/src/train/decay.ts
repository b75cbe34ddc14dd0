/**
 * Weight decay by role: what pulls weights towards 0 is meant for matrices. A bias or a norm's scale is no weight of
 * anything, and pulled towards 0 it says something else (a bias of 1 that a cell starts with would be lost).
 */
import type { Region } from "../engine/engine.ts";
import { ArgumentError } from "../errors.ts";
import { type Core, OPTIMIZER_ROW } from "../model/core.ts";
import { check, isPart } from "../options.ts";

/**
 * How much weights decay: one number for all matrices and embeddings, and none for vectors (biases, scales of norms,
 * learned first values …); or numbers by role (`{ W: 0.01, R: 0.001, b: 0 }`), by a parameter's own name (`W_f`)
 * or its full one (`"dense.0.W"`), where the more exact name wins and what is not named does not decay.
 */
export type WeightDecay = number | Readonly<Record<string, number>>;

/**
 * For the library itself: writes into `into`, which lies as the parameters do, how much each of them decays, and marks
 * the optimizer's rows in which one does. It may refuse, and writes nothing then.
 */
export type Decay = (core: Pick<Core, "located" | "space">, into: Region, marks: Uint8Array) => Region;

/** Nothing where nothing decays. `where`: the optimizer, for messages. */
export function decayOf(where: string, given: WeightDecay): Decay | undefined {
  const isNumber = typeof given === "number";
  const said = {
    expected: "a number from 0 up to, not with, 1, or such numbers by role",
    mend: "for example 0.01, or { W: 0.01, R: 0.001 }.",
  };
  check(isNumber || (typeof given === "object" && given !== null), where, "weightDecay", given, said);
  const amounts = isNumber ? { "": given } : given;
  for (const [name, amount] of Object.entries(amounts)) {
    check(isPart(amount), where, name === "" ? "weightDecay" : `weightDecay.${name}`, amount, said);
  }
  if (Object.values(amounts).every((amount) => amount === 0)) return undefined;
  return ({ located, space }, into, marks) => {
    const each = isNumber ? located.map(({ shape }) => (shape.length > 1 ? given : 0)) : byName(where, given, located);
    const stored = space.floats(into);
    for (const [k, { offset, length }] of located.entries()) {
      if (each[k] === 0) continue;
      stored.fill(each[k]!, offset, offset + length);
      marks.fill(1, Math.floor(offset / OPTIMIZER_ROW), Math.ceil((offset + length) / OPTIMIZER_ROW));
    }
    return into;
  };
}

function byName(where: string, given: Readonly<Record<string, number>>, located: Core["located"]): number[] {
  const ownOf = (name: string): string => name.slice(name.lastIndexOf(".") + 1);
  const roleOf = (name: string): string => ownOf(name).split("_")[0]!;
  const used = new Set<string>();
  const each = located.map(({ name }) => {
    const key = [name, ownOf(name), roleOf(name)].find((one) => Object.hasOwn(given, one));
    if (key === undefined) return 0;
    used.add(key);
    return given[key]!;
  });
  const strange = Object.keys(given).find((key) => !used.has(key));
  if (strange === undefined) return each;
  const roles = new Set(located.map(({ name }) => roleOf(name)));
  throw new ArgumentError({
    where,
    argument: `weightDecay.${strange}`,
    given: given[strange],
    described: "of no parameter",
    expected: `a role (${[...roles].join(", ")}), or a parameter's name`,
    mend: "model.parameters() lists them; a role is what stands before the underscore.",
  });
}
