/** What several seeds have in common: at each place of their curves the least, the most, and what stands for all. */

export interface Across {
  readonly least: number;
  readonly most: number;
  readonly mean: number;
  /** The middle one, of an even number the lower of both: what stands for all on a logarithmic axis. */
  readonly middle: number;
}

/**
 * As far as all of them go: beyond, a mean would be that of others.
 *
 * @example across([[1, 2, 3], [3, 4]])[1] // { least: 2, most: 4, mean: 3, middle: 2 }
 */
export function across(curves: readonly (readonly number[])[]): Across[] {
  const shortest = Math.min(...curves.map(({ length }) => length));
  return Array.from({ length: Number.isFinite(shortest) ? shortest : 0 }, (_, k) => {
    const own = curves.map((curve) => curve[k]!).sort((a, b) => a - b);
    const mean = own.reduce((sum, one) => sum + one, 0) / own.length;
    return { least: own[0]!, most: own.at(-1)!, mean, middle: own[(own.length - 1) >> 1]! };
  });
}
