/** A schedule becomes one module: a function for every operation, and one for each of a pass's lists. */
import type { Op, Pass, Schedule, Sizes } from "../../cell/operations.ts";
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
  readonly first: List;
  readonly before: List;
  readonly each: List;
  readonly after: List;
}

export interface Compiled {
  readonly plan: Plan;
  readonly forward: CompiledPass;
  readonly backward: CompiledPass | undefined;
  readonly carry: Kernel;
  /** Turns the panels that the backward pass multiplies with. */
  readonly turn: Kernel;
}

const LISTS = ["first", "before", "each", "after"] as const;

export function compileSchedule(memory: WebAssembly.Memory, schedule: Schedule, sizes: Sizes): Compiled {
  const module = createModule();
  const plan = createPlan(module, schedule, sizes);
  const defineList = (name: string, operations: readonly number[]): void => {
    operations.forEach((index, k) => module.export(`${name} ${k}`, index));
    const all = defineOperation(plan, (w, { frame, now, before, count }) => {
      for (const index of operations) w.put(call(index, frame.get, now.get, before.get, count.get));
    });
    module.export(name, all);
  };
  const passes = { forward: schedule.forward, backward: schedule.backward };
  for (const [name, pass] of Object.entries(passes)) {
    if (pass === undefined) continue;
    for (const list of LISTS) {
      defineList(`${name} ${list}`, pass[list].map((op) => defineOne(plan, op)));
    }
  }
  defineList("turn", [...plan.turned.values()].map(({ pack }) => pack));
  module.export("carry", defineCarry(plan));

  const instance = new WebAssembly.Instance(new WebAssembly.Module(module.bytes()), { env: { memory } });
  const kernels = instance.exports as Record<string, Kernel>;
  const passOf = (name: string, pass: Pass): CompiledPass => {
    const listOf = (list: (typeof LISTS)[number]): List => ({
      all: kernels[`${name} ${list}`]!,
      operations: pass[list].map((op, k) => ({ run: kernels[`${name} ${list} ${k}`]!, readsBefore: readsBefore(op) })),
    });
    return { first: listOf("first"), before: listOf("before"), each: listOf("each"), after: listOf("after") };
  };
  return {
    plan,
    forward: passOf("forward", schedule.forward),
    backward: schedule.backward && passOf("backward", schedule.backward),
    carry: kernels["carry"]!,
    turn: kernels["turn"]!,
  };
}

function defineOne(plan: Plan, op: Op): number {
  switch (op.op) {
    case "product":
      return defineProductOperation(plan, op);
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
