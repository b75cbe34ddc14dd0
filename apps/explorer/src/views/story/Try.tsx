/** The reader's turn: three names, how much is told before the question, and whether the networks still know. */
import { For } from "solid-js";
import type { Name } from "../../../story/sentences.ts";
import { openEmbedded, sayProblem, show, type View } from "../../session/session.ts";
import { work } from "../../worker/line.ts";
import type { Heard } from "../../worker/story.ts";
import { MOST_BETWEEN, measured, type Tale } from "./tale.ts";
import { capital, chance, ending } from "./words.ts";

export function Try(props: { tale: Tale }) {
  const cast = () => props.tale.wish().cast;
  /** Another first or second ruler may need another third. */
  async function choose(place: number, name: string): Promise<void> {
    const wanted = cast().map((one) => (one === name ? cast()[place] : one)) as [Name, Name, Name];
    wanted[place] = name as Name;
    const [first, second, third] = wanted;
    try {
      const able = await work().call("heirs", { first, second });
      props.tale.setWish({ cast: [first, second, able.includes(third) ? third : able[0]!] });
    } catch (error) {
      sayProblem((error as Error).message);
    }
  }
  async function look(view: View): Promise<void> {
    const { words } = props.tale.telling();
    const { unit, value } = measured.unit;
    const cursor = { unit, value, step: words.indexOf("dies") };
    if (await openEmbedded("story", { text: words.join(" "), cursor })) show(view);
  }
  const verdict = () => {
    const told = props.tale.told();
    if (!told) return "";
    const [, second, third] = told.cast;
    const isRight = told.ending.words[0] === third;
    const [sign, says] = isRight ? ["right", "still knows"] : ["wrong", "has lost it"];
    const [, before, now] = told.ending.cast;
    return `<i class="sign ${sign}"></i> The LSTM ${says}: ${capital(third)} ${chance(now!)}, ${capital(second)} ${chance(before!)}.`;
  };
  const endings = () => {
    const { telling, told, heard } = props.tale;
    const by = (who: string, one: Heard | undefined): string => (one ? ending(telling(), one, who) : "");
    return by("the LSTM", told()) + by("the plain RNN", heard());
  };
  return (
    <>
      <div class="choices">
        <For each={["first", "second", "third"]}>
          {(name, place) => (
            <label>
              {name} ruler
              <select onChange={(event) => void choose(place(), event.currentTarget.value)}>
                <For each={place() === 2 ? (props.tale.told()?.heirs ?? [cast()[2]]) : measured.names}>
                  {(one) => (
                    <option value={one} selected={one === cast()[place()]}>
                      {capital(one)}
                    </option>
                  )}
                </For>
              </select>
            </label>
          )}
        </For>
        <label class="wide">
          <span>
            sentences before the question: <b>{props.tale.wish().between}</b>
          </span>
          <input
            type="range"
            max={MOST_BETWEEN}
            value={props.tale.wish().between}
            onInput={(event) => props.tale.setWish({ between: event.currentTarget.valueAsNumber })}
          />
        </label>
      </div>
      <p aria-live="polite" innerHTML={verdict()} />
      <div class="endings" innerHTML={endings()} />
      <div class="row look-inside" role="group" aria-label="Look inside at “dies”, with this text">
        Look inside, at “dies”:
        <For each={["cell", "sequence", "memory"] as const}>
          {(view) => (
            <button type="button" class="quiet small" onClick={() => void look(view)}>
              {capital(view)}
            </button>
          )}
        </For>
      </div>
    </>
  );
}
