/** The numbers on screen once more, by the reference engine: plain loops in float64. */
import { checkTrace } from "cellstate/analysis";
import { type Asked, runOf } from "./runs.ts";

export interface Checked {
  /** The largest absolute difference, and where it is. */
  readonly largest: number;
  readonly at: string;
  readonly compared: number;
}

export const checkCalls = {
  async check({ of }: { of: Asked }): Promise<Checked> {
    const { model, input } = await runOf(of);
    const { largest, compared, values } = await checkTrace(model, input.x);
    const worst = values.find((value) => value.largest === largest);
    return { largest, compared, at: worst?.layer ? `${worst.name} of ${worst.layer}` : "the output" };
  },
};
