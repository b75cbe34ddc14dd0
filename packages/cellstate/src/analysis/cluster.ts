/**
 * An order in which units that move together stand together: clusters of correlated units, joined pair by pair by their
 * mean correlation, each join turned so that its most alike ends meet. Deterministic; equal distances go to lower numbers.
 */

/** Pearson's r between all columns of `[steps, units]`; 0 for a unit that never moves or is not finite. `[units, units]`. */
export function correlations(columns: readonly Float64Array[]): Float64Array {
  const units = columns.length;
  const centred = columns.map((own) => {
    // not by its distance from the mean, which rounds
    const isMoving = own.some((v) => v !== own[0]);
    const mean = own.reduce((sum, v) => sum + v, 0) / own.length;
    const moved = own.map((v) => v - mean);
    const norm = Math.sqrt(moved.reduce((sum, v) => sum + v * v, 0));
    return isMoving && norm > 0 && norm < Number.POSITIVE_INFINITY ? moved.map((v) => v / norm) : moved.fill(0);
  });
  const all = new Float64Array(units * units);
  for (let a = 0; a < units; a++) {
    const left = centred[a]!;
    for (let b = a; b < units; b++) {
      const right = centred[b]!;
      let sum = 0;
      for (let t = 0; t < left.length; t++) sum += left[t]! * right[t]!;
      all[a * units + b] = sum;
      all[b * units + a] = sum;
    }
  }
  return all;
}

/**
 * Average linkage by chains of nearest neighbours (Murtagh, 1983): each step of the chain goes to the closest cluster, and
 * two that are each other's closest are joined. Needs O(units²) time and memory.
 *
 * @param likeness - `[units, units]`, symmetric
 */
export function clusterOrder(likeness: Float64Array, units: number): Uint32Array<ArrayBuffer> {
  const mean = likeness.slice();
  const members: (readonly number[] | undefined)[] = Array.from({ length: units }, (_, u) => [u]);
  const isThere = (cluster: number): boolean => members[cluster] !== undefined;
  const chain: number[] = [];
  for (let left = units; left > 1; ) {
    if (chain.length === 0) chain.push(members.findIndex((own) => own !== undefined));
    const here = chain.at(-1)!;
    const before = chain.at(-2);
    // where others are as close, the one that the chain came from: else it could go round for ever
    let next = before;
    let most = before === undefined ? Number.NEGATIVE_INFINITY : mean[here * units + before]!;
    for (let other = 0; other < units; other++) {
      if (other === here || !isThere(other) || !(mean[here * units + other]! > most)) continue;
      next = other;
      most = mean[here * units + other]!;
    }
    if (next !== before) {
      chain.push(next!);
      continue;
    }
    chain.length -= 2;
    const [a, b] = here < next! ? [here, next!] : [next!, here];
    const [mine, theirs] = [members[a]!, members[b]!];
    const share = mine.length / (mine.length + theirs.length);
    for (let other = 0; other < units; other++) {
      if (!isThere(other) || other === a || other === b) continue;
      const joint = share * mean[a * units + other]! + (1 - share) * mean[b * units + other]!;
      mean[a * units + other] = joint;
      mean[other * units + a] = joint;
    }
    members[a] = joined(mine, theirs, likeness, units);
    members[b] = undefined;
    left--;
  }
  return Uint32Array.from(members.find((own) => own !== undefined) ?? []);
}

/** The one of the four ways to put two rows of units together whose meeting ends are most alike. */
function joined(a: readonly number[], b: readonly number[], likeness: Float64Array, units: number): number[] {
  const [ar, br] = [[...a].reverse(), [...b].reverse()];
  const ways = [
    [a, b],
    [a, br],
    [ar, b],
    [ar, br],
  ] as const;
  const meet = ([first, second]: readonly [readonly number[], readonly number[]]): number =>
    likeness[first.at(-1)! * units + second[0]!]!;
  const [first, second] = ways.reduce<readonly [readonly number[], readonly number[]]>(
    (best, way) => (meet(way) > meet(best) ? way : best),
    ways[0],
  );
  return [...first, ...second];
}
