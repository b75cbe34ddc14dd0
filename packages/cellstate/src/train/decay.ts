/**
 * Weight decay by role: what pulls weights towards 0 is meant for matrices. A bias or a norm's scale is no weight of
 * anything, and pulled towards 0 it says something else (a bias of 1 that a cell starts with would be lost).
 */
import { ArgumentError } from "../errors.ts";

/**
 * How much weights decay: one number for all matrices and embeddings, and none for vectors (biases, scales of norms,
 * learned first values …); or numbers by role (`{ W: 0.01, R: 0.001, b: 0 }`), by a parameter's own name (`W_f`)
 * or its full one (`"dense.0.W"`), where the more exact name wins and what is not named does not decay.
 */
export type WeightDecay = number | Readonly<Record<string, number>>;

/** How much each of a model's parameters decays. */
export type Decay = (parameters: readonly { readonly name: string; readonly shape: readonly number[] }[]) => number[];

/** Nothing where nothing decays. `where`: the optimizer, for messages. */
export function decayOf(where: string, given: WeightDecay): Decay | undefined {
  const isNumber = typeof given === "number";
  if (!isNumber && (typeof given !== "object" || given === null)) throw refused(where, "weightDecay", given);
  const amounts = isNumber ? { "": given } : given;
  for (const [name, amount] of Object.entries(amounts)) {
    const argument = name === "" ? "weightDecay" : `weightDecay.${name}`;
    if (!(amount >= 0 && amount < 1)) throw refused(where, argument, amount);
  }
  if (Object.values(amounts).every((amount) => amount === 0)) return undefined;
  if (isNumber) return (parameters) => parameters.map(({ shape }) => (shape.length > 1 ? given : 0));
  return (parameters) => {
    const used = new Set<string>();
    const found = parameters.map(({ name }) => {
      const own = name.slice(name.lastIndexOf(".") + 1);
      const key = [name, own, own.split("_")[0]!].find((key) => Object.hasOwn(given, key));
      if (key === undefined) return 0;
      used.add(key);
      return given[key]!;
    });
    const strange = Object.keys(given).find((key) => !used.has(key));
    if (strange === undefined) return found;
    const roles = parameters.map(({ name }) => name.slice(name.lastIndexOf(".") + 1).split("_")[0]!);
    throw new ArgumentError({
      where,
      argument: `weightDecay.${strange}`,
      given: strange,
      expected: `a role (${[...new Set(roles)].join(", ")}), or a parameter's name`,
      mend: "model.parameters() lists them; a role is what stands before the underscore.",
    });
  };
}

const refused = (where: string, argument: string, given: unknown): ArgumentError =>
  new ArgumentError({
    where,
    argument,
    given,
    expected: "a number from 0 up to, not with, 1, or such numbers by role",
    mend: "for example 0.01, or { W: 0.01, R: 0.001 }.",
  });
