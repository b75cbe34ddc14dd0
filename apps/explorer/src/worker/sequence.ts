/** Units along a text: in which order to draw them, which tell some steps from the others, how saturated values are. */
import {
  orderUnits,
  type Selectivity,
  type Similar,
  type Spread,
  selectivity,
  similarSteps,
  summarize,
  timeScales,
  type UnitOrder,
} from "cellstate/analysis";
import { type Asked, type Place, runOf } from "./runs.ts";

/** The first and the last step of some, from 0. */
export interface Steps {
  readonly from: number;
  readonly to: number;
}

interface Question {
  readonly of: Asked;
  readonly at: Place;
  /** "f", "c", … */
  readonly value: string;
}

export interface Ordered {
  /** The unit that comes first, second, … */
  readonly order: Uint32Array;
  /** By what they are ordered, by unit, where it is a number. */
  readonly keys?: Float64Array;
}

export interface Saturation extends Spread {
  readonly name: string;
  /** What counts as low, and as high. */
  readonly below: number;
  readonly above: number;
}

export const sequenceCalls = {
  /** @throws {ArgumentError} if the cell has no time scale, or there are no steps to tell apart */
  async order({ of, at, value, by, span }: Question & { by: UnitOrder; span?: Steps | undefined }): Promise<Ordered> {
    const { model, trace } = await runOf(of);
    const values = trace.get(value, at);
    switch (by) {
      case "time scale": {
        const { scales } = await timeScales(model, trace, at);
        return { order: orderUnits(values, by, { scales }), keys: scales };
      }
      case "selectivity": {
        const mask = span && [span];
        const order = orderUnits(values, by, mask ? { mask } : {});
        const keys = new Float64Array(order.length);
        for (const { unit, auc } of selectivity(values, mask!)) keys[unit] = auc;
        return { order, keys };
      }
      default:
        return { order: orderUnits(values, by) };
    }
  },
  /** All units, by how well they tell the steps of the span from the others. */
  async selective({ of, at, value, span }: Question & { span: Steps }): Promise<Selectivity[]> {
    const { trace } = await runOf(of);
    return selectivity(trace.get(value, at), [span]);
  },
  /** Other places where the units of `value` are on that are on all along the span. */
  async similar({ of, at, value, span, threshold }: Question & { span: Steps; threshold: number }): Promise<Similar> {
    const { trace } = await runOf(of);
    return similarSteps(trace.get(value, at), span, { threshold, most: 8 });
  },
  /** For every named value of the layer, how much of it is nearly shut and nearly open. */
  async saturation({ of, at }: Omit<Question, "value">): Promise<Saturation[]> {
    const { trace } = await runOf(of);
    const own = trace.values.filter(({ layer, direction }) => layer === at.layer && direction === at.direction);
    return own.map((series) => {
      const isPart = series.values.every((v) => v >= 0 && v <= 1);
      const bounds = { below: isPart ? 0.1 : -0.9, above: 0.9 };
      return { name: series.name, ...bounds, ...summarize(series, bounds).all };
    });
  },
};
