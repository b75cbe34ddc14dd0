/**
 * Cells that nobody would write: random equations over several axes, several states, shared parameters, sums,
 * norms and stops, so that what a scheduler must get right is not only what known cells ask of it.
 */

type Axis = "units" | "projection" | "blocks" | "one";

/** `random` gives numbers in [−1, 1). Every value is bounded, and every name is used. `isNoisy`: some are drawn. */
export function randomCellText(random: () => number, { isNoisy = false } = {}): string {
  const chance = (share: number): boolean => random() * 0.5 + 0.5 < share;
  const below = (n: number): number => Math.min(n - 1, Math.floor((random() * 0.5 + 0.5) * n));
  const pick = <T>(list: readonly T[]): T => list[below(list.length)]!;

  const count = 2 + below(4);
  const axes = new Map<string, Axis>();
  for (let k = 0; k < count; k++) {
    axes.set("abcde"[k]!, pick(["units", "units", "units", "projection", "blocks", "one"] as const));
  }
  const hasOutput = chance(0.4);
  axes.set("h", pick(["units", "units", "projection"] as const));
  if (hasOutput) axes.set("y", pick(["units", "projection"] as const));
  const names = [...axes.keys()];
  const states = names.filter((n) => n !== "y" && chance(0.5));
  if (!states.includes("h")) states.push("h");
  const used = new Set<string>();
  const done: string[] = [];
  const matrices: { name: string; rows: Axis; columns: string }[] = [];
  let serial = 0;

  const namesOf = (axis: Axis): string[] => [
    ...done.filter((n) => axes.get(n) === axis),
    ...states.filter((n) => axes.get(n) === axis).map((n) => `${n}[t-1]`),
  ];
  const use = (name: string): string => {
    used.add(name);
    return name;
  };
  const vector = (axis: Axis): string => `${pick(["b", "p"])}_${axis}${chance(0.5) ? 0 : ++serial}`;
  function product(axis: Axis): string {
    const columns = pick(["x", "x", ...done, ...states.map((n) => `${n}[t-1]`)]);
    const from = columns === "x" ? "input" : axes.get(columns.replace("[t-1]", ""))!;
    if (from === "one") return vector(axis);
    const again = matrices.filter((m) => m.rows === axis && m.columns === from);
    const name = again.length > 0 && chance(0.25) ? pick(again).name : `M_${++serial}`;
    matrices.push({ name, rows: axis, columns: from });
    if (columns !== "x") use(columns);
    const stopped = chance(0.1) ? `stopgradient(${columns})` : columns;
    return `${name} @ ${stopped}`;
  }
  function leaf(axis: Axis): string {
    if (axis === "one") {
      const known = namesOf("one");
      if (known.length > 0 && chance(0.5)) return use(pick(known));
      const wide = [...namesOf("units"), ...namesOf("projection")];
      if (wide.length === 0 || chance(0.2)) return "0.7";
      return `${pick(["mean", "mean", "0.1 * sum"])}(${use(pick(wide))})`;
    }
    const known = namesOf(axis);
    if (known.length > 0 && chance(0.35)) return use(pick(known));
    if (axis === "units" && chance(0.15)) {
      const blocks = namesOf("blocks");
      if (blocks.length > 0) return `expand(${use(pick(blocks))})`;
    }
    if (axis === "blocks" && chance(0.3)) {
      const cells = namesOf("units");
      if (cells.length > 0) return `sum(${vector("units")} * ${use(pick(cells))}, blocks)`;
    }
    if (chance(0.15)) return vector(axis);
    if (chance(0.1)) return leaf("one");
    return product(axis);
  }
  function sum(axis: Axis): string {
    const terms = Array.from({ length: 1 + below(3) }, () => leaf(axis));
    if (axis !== "one" && chance(0.6)) terms.push(vector(axis));
    return terms.join(chance(0.15) ? " - " : " + ");
  }
  const draw = (): string => `bernoulli(${pick(["0.3", "0.8"])}${chance(0.4) ? ", sequence" : ""})`;
  function expression(axis: Axis, depth: number): string {
    if (isNoisy && chance(0.3)) return `${expression(axis, Math.max(0, depth - 1))} * ${draw()}`;
    if (depth === 0) return `${pick(["tanh", "sigmoid", "tanh", "logsigmoid", "softplus"])}(${sum(axis)})`;
    const a = expression(axis, depth - 1);
    switch (below(13)) {
      case 0:
        return `${a} + 0.5 * ${expression(axis, depth - 1)}`;
      case 1:
        return `${a} - 0.4 * ${leaf(axis)}`;
      case 2:
        return `${a} * ${expression(axis, depth - 1)}`;
      case 3:
        return `${a} * (${leaf(axis)})`;
      case 4:
        return `(${a}) / (2 + tanh(${sum(axis)}))`;
      case 5:
        return `${pick(["max", "min"])}(${a}, ${expression(axis, 0)})`;
      case 6:
        return `clamp(${a}, -0.5, 0.9)`;
      case 7:
        return `${pick(["relu", "abs", "exp", "tanh", "step"])}(${a}) * 0.5 + 0.1 * (${leaf(axis)})`;
      case 8:
        return axis === "one" ? a : `layernorm(${a} + ${vector(axis)}) * ${vector(axis)}`;
      case 9:
        return `stopgradient(${a}) * ${expression(axis, 0)}`;
      case 10:
        return `log(1 + exp(${a})) + sqrt(1.5 + tanh(${sum(axis)}) * tanh(${sum(axis)}))`;
      case 11:
        return axis === "one" ? a : `(${a}) / (1 + mean(exp(${expression(axis, 0)})))`;
      default:
        return a;
    }
  }

  const lines: string[] = [];
  const define = (name: string, value: string): void => {
    const axis = axes.get(name)!;
    const said = axis === "units" || axis === "one" ? "" : ` : ${axis}`;
    lines.push(`${name}${said} = ${value}`);
    done.push(name);
  };
  const last = hasOutput ? "y" : "h";
  for (const name of names) {
    const axis = axes.get(name)!;
    const isAlias = name !== last && chance(0.08) && namesOf(axis).length > 0;
    let value = isAlias ? use(pick(namesOf(axis))) : expression(axis, below(3));
    if (name === last) {
      for (const other of names) {
        if (other === name || used.has(other) || states.includes(other)) continue;
        value += axes.get(other) === axis ? ` + 0.3 * ${use(other)}` : ` + mean(${use(other)})`;
      }
      // A state is one only if somebody reads it.
      for (const state of states) if (!used.has(`${state}[t-1]`)) value += ` + 0.2 * mean(${use(`${state}[t-1]`)})`;
      value += ` + 0.01 * ${vector(axis)}`;
    }
    // A state that reads itself alone would have no axis.
    const whole = axis === "one" ? value : `${value} + 0.1 * ${vector(axis)}`;
    define(name, states.includes(name) ? `0.9 * tanh(${whole})` : value);
  }
  for (const state of states) {
    if (axes.get(state) === "one" || !chance(0.3)) continue;
    lines.push(`${state}[0] = ${chance(0.5) ? `k_${state}` : chance(0.5) ? vector(axes.get(state)!) : "0.25"}`);
  }
  return lines.map((line) => `  ${line}`).join("\n");
}
