/**
 * The story that the page tells: three rulers, one death, one abdication, and the question who rules in the end. Who
 * they are and how much is told before the question are the reader's choice; the rest is always the same.
 */
import { generator } from "cellstate";
import { childrenOf, type Name, names, templates } from "./sentences.ts";
import { type Story, teller } from "./teller.ts";

/** The first, second and third to rule. `heldOutHeirs` says who may be third so that no training story has the three. */
export type Cast = readonly [Name, Name, Name];

export const firstCast: Cast = ["david", "edgar", "anna"];

/** So many sentences stand before the last question if nobody asks for more. */
export const BETWEEN = 4;

const [smith, people, winter, baker, ship, river, woman, rain, harvest, dance, snow, bear, priest, market, walk] =
  templates.elsewhere;
/** What is told before the last question; from the beginning again where there is more to tell. */
const LAST = [baker, snow, woman, market, rain, people, bear, dance, priest, river, walk];

/**
 * @param cast - three different names
 * @param between - sentences between the last succession and the question
 * @throws {RangeError} if a name comes twice, or there is no such name
 * @example demonstration(["david", "edgar", "anna"], 4).words.join(" ")
 */
export function demonstration([first, second, third]: Cast, between: number = BETWEEN): Story {
  const cast = [first, second, third];
  const others = names.filter((name) => !cast.includes(name));
  if (new Set(cast).size < 3 || others.length !== names.length - 3) {
    throw new RangeError(`Three different names of ${names.join(", ")}; given: ${cast.join(", ")}.`);
  }
  const tell = teller(generator(0, "king story demonstration"));
  const [C = first, D = first] = others;
  const elsewhere = (template: string, roles = {}): void =>
    tell.say("elsewhere", { template, roles: { C, D, R: "east", ...roles } });
  tell.open(first, { roles: { R: "north" } });
  elsewhere(river);
  tell.say("deed", { template: "the people love T K ." });
  elsewhere(ship);
  elsewhere(smith);
  tell.happen("death", second, {
    death: "T K dies in the winter .",
    pause: () => elsewhere(winter),
    child: childrenOf(second)[0]!,
  });
  elsewhere(harvest);
  elsewhere(priest, { C: D });
  tell.happen("abdication", third, { child: childrenOf(third)[0]! });
  // the ruler who has gone is named once more
  for (let n = 0; n < between; n++)
    elsewhere(LAST[n % LAST.length]!, { C: n === 0 ? second : others[n % others.length]! });
  tell.ask({ template: "long live T K ." });
  return tell.story();
}
