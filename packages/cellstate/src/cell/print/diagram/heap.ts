/** States with what they cost, the cheapest first: a binary heap. */
export interface Heap {
  size(): number;
  clear(): void;
  push(cost: number, state: number): void;
  /** The cheapest state, which is no longer in it. */
  pop(): number;
}

export function createHeap(): Heap {
  const costs: number[] = [];
  const states: number[] = [];
  let size = 0;
  const set = (k: number, cost: number, state: number): void => {
    costs[k] = cost;
    states[k] = state;
  };
  return {
    size: () => size,
    clear: () => {
      size = 0;
    },
    push(cost, state) {
      let k = size++;
      while (k > 0) {
        const parent = (k - 1) >> 1;
        if (costs[parent]! <= cost) break;
        set(k, costs[parent]!, states[parent]!);
        k = parent;
      }
      set(k, cost, state);
    },
    pop() {
      const top = states[0]!;
      const cost = costs[--size]!;
      const state = states[size]!;
      let k = 0;
      for (let child = 1; child < size; child = 2 * k + 1) {
        if (child + 1 < size && costs[child + 1]! < costs[child]!) child++;
        if (costs[child]! >= cost) break;
        set(k, costs[child]!, states[child]!);
        k = child;
      }
      set(k, cost, state);
      return top;
    },
  };
}
