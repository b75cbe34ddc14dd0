/**
 * A pass of a schedule becomes one module: a function for every operation, and one for each of the pass's
 * lists, so that a step is one call. The backward pass is compiled when it is first asked for.
 */
import type { Op, Schedule, Sizes } from "../../cell/operations.ts";
import type { IntegerProducts } from "../int8/products.ts";
import { readsBefore } from "../loop.ts";
import { call, createModule } from "./assembler.ts";
import { defineMap } from "./map.ts";
import { defineGradientOperation, defineProductOperation } from "./panels.ts";
import { createPlan, defineOperation, type Plan } from "./plan.ts";
import { defineCarry, defineLookUp } from "./rows.ts";

/** `run(frame, now, before, count)`. */
export type Kernel = (frame: number, now: number, before: number, count: number) => void;

/** One of a pass's lists, compiled. */
export interface List {
  /** All operations in order. */
  readonly all: Kernel;
  readonly operations: readonly { readonly run: Kernel; readonly readsBefore: boolean }[];
}

export interface CompiledPass {
  readonly plan: Plan;
  readonly first: List;
  readonly before: List;
  readonly each: List;
  readonly after: List;
  /** Turns the panels that the pass multiplies with the transposes of. */
  readonly turn: Kernel;
  readonly carry: Kernel;
}

export interface Program {
  readonly forward: CompiledPass;
  backward(): CompiledPass | undefined;
}

/** `integers`: how products read 8-bit matrices, where they do. */
export function compileSchedule(
  memory: WebAssembly.Memory,
  schedule: Schedule,
  sizes: Sizes,
  integers?: IntegerProducts,
): Program {
  const forward = compilePass(memory, schedule, sizes, "forward", integers);
  let backward: CompiledPass | undefined;
  return {
    forward,
    backward() {
      if (schedule.backward !== undefined) backward ??= compilePass(memory, schedule, sizes, "backward");
      return backward;
    },
  };
}

const LISTS = ["first", "before", "each", "after"] as const;

function compilePass(
  memory: WebAssembly.Memory,
  schedule: Schedule,
  sizes: Sizes,
  name: "forward" | "backward",
  integers?: IntegerProducts,
): CompiledPass {
  const module = createModule();
  const plan = createPlan(module, schedule, sizes);
  const pass = schedule[name]!;
  const exportList = (list: string, operations: readonly number[]): void => {
    operations.forEach((index, k) => module.export(`${list} ${k}`, index));
    const all = defineOperation(plan, (w, { frame, now, before, count }) => {
      for (const index of operations) w.put(call(index, frame.get, now.get, before.get, count.get));
    });
    module.export(list, all);
  };
  for (const list of LISTS)
    exportList(
      list,
      pass[list].map((op) => define(plan, op, integers)),
    );
  exportList(
    "turn",
    [...plan.turned.values()].map(({ pack }) => pack),
  );
  module.export("carry", defineCarry(plan));

  const instance = new WebAssembly.Instance(new WebAssembly.Module(module.bytes()), { env: { memory } });
  const kernels = instance.exports as Record<string, Kernel>;
  const listOf = (list: (typeof LISTS)[number]): List => ({
    all: kernels[list]!,
    operations: pass[list].map((op, k) => ({ run: kernels[`${list} ${k}`]!, readsBefore: readsBefore(op) })),
  });
  return {
    plan,
    first: listOf("first"),
    before: listOf("before"),
    each: listOf("each"),
    after: listOf("after"),
    turn: kernels["turn"]!,
    carry: kernels["carry"]!,
  };
}

function define(plan: Plan, op: Op, integers: IntegerProducts | undefined): number {
  switch (op.op) {
    case "product":
      return integers?.define(plan, op) ?? defineProductOperation(plan, op);
    case "gradient":
      return defineGradientOperation(plan, op);
    case "map":
      return defineMap(plan, op);
    case "sum":
      return defineMap(plan, { reads: op.reads, writes: [], code: op.code, sumInto: op.into });
    case "gather":
    case "scatter":
      return defineLookUp(plan, op);
  }
}
