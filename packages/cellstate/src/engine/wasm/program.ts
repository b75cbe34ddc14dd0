/**
 * A pass of a schedule becomes one module: a function for every operation, one for each phase of the pass's lists,
 * and one for the loop over time. The backward pass is compiled when it is first asked for.
 */
import type { Op, Schedule, Sizes } from "../../cell/operations.ts";
import type { IntegerProducts } from "../int8/products.ts";
import type { Arithmetic } from "./arithmetic.ts";
import { type Code, call, createModule, i32 } from "./assembler.ts";
import { defineMap } from "./map.ts";
import type { Kernel } from "./modules.ts";
import { defineGradientOperation, defineProductOperation } from "./panels.ts";
import { costOf, type Phase, phasesOf } from "./phases.ts";
import { createPlan, defineOperation, defineShare, type Plan } from "./plan.ts";
import { defineCarry, defineLookUp } from "./rows.ts";
import type { Memory } from "./space.ts";
import type { Team } from "./team.ts";
import { defineLoop } from "./timeLoop.ts";

/** A phase of `before` or `after`: `kernel(frame, now, before, count)`, of results also `(…, share, shares)`. */
export interface CompiledPhase extends Phase {
  readonly kernel: Kernel;
  /** About how many FLOP a row costs. */
  readonly cost: number;
}

export interface CompiledPass {
  readonly plan: Plan;
  /** Over the first values: `first(frame, now, before, count)`. */
  readonly first: Kernel | undefined;
  readonly before: readonly CompiledPhase[];
  /** `loop(frame, table, from, to, first, until)`; missing where no operation is in the loop. */
  readonly each: { readonly kernel: Kernel; readonly cost: number } | undefined;
  /** Which way the loop goes. */
  readonly direction: 1 | -1;
  readonly after: readonly CompiledPhase[];
  /** Turns the panels that the pass multiplies with the transposes of. */
  readonly turn: Kernel | undefined;
  readonly carry: Kernel;
  /** Of a forward pass: everything for rows of one step, `step(frame, now, before, count)`; also with their carry. */
  readonly step: Kernel;
  readonly stepAndCarry: Kernel;
  /** About how many FLOP a row of all lists costs. */
  readonly cost: number;
}

export interface Program {
  readonly forward: CompiledPass;
  backward(): CompiledPass | undefined;
}

export interface Choices {
  /** Operations outside the loop that a run may leave out. */
  readonly apart?: ReadonlySet<Op> | undefined;
  /** How products read 8-bit matrices, where they do. */
  readonly integers?: IntegerProducts | undefined;
  readonly arithmetic: Arithmetic;
}

export function compileSchedule(
  memory: Memory,
  team: Team,
  schedule: Schedule,
  sizes: Sizes,
  choices: Choices,
): Program {
  const forward = compilePass(memory, team, schedule, sizes, "forward", choices);
  let backward: CompiledPass | undefined;
  return {
    forward,
    backward() {
      if (schedule.backward !== undefined) backward ??= compilePass(memory, team, schedule, sizes, "backward", choices);
      return backward;
    },
  };
}

function compilePass(
  memory: Memory,
  team: Team,
  schedule: Schedule,
  sizes: Sizes,
  name: "forward" | "backward",
  { apart, integers, arithmetic }: Choices,
): CompiledPass {
  const module = createModule(arithmetic.fuses);
  const plan = createPlan(module, schedule, sizes, arithmetic);
  const pass = schedule[name]!;
  const exported: number[] = [];
  /** Exports a function under its position; returns how to find it once the module has been loaded. */
  const kernelOf = (index: number): (() => Kernel) => {
    const position = exported.push(index) - 1;
    module.export(String(position), index);
    return () => kernels[position]!;
  };
  const inOrder = (functions: readonly Defined[]): Defined => {
    const index = defineOperation(plan, (w, { frame, now, before, count }) => {
      const rows = [frame.get, now.get, before.get, count.get];
      for (const { index, isShared } of functions) w.put(call(index, ...rows, ...(isShared ? WHOLE : [])));
    });
    return { index, isShared: false };
  };
  const define = (op: Op): Defined => ({
    index: defineFunction(plan, op, integers),
    isShared: op.op === "gradient",
  });
  const unlessEmpty = (functions: readonly Defined[]): (() => Kernel) | undefined =>
    functions.length === 0 ? undefined : kernelOf(inOrder(functions).index);

  const listOf = (ops: readonly Op[]) =>
    phasesOf(schedule, ops, apart).map((phase) => {
      const functions = phase.ops.map(define);
      const defined = phase.kind === "rows" ? inOrder(functions) : inShares(plan, functions);
      return { phase, defined, kernel: kernelOf(defined.index) };
    });
  const before = listOf(pass.before);
  const after = listOf(pass.after);
  const each = pass.each.map(define);
  const atStep = inOrder(each);
  const loop = each.length === 0 ? undefined : kernelOf(defineLoop(module, atStep.index, pass.direction));
  const first = unlessEmpty(pass.first.map(define));
  const carry = defineCarry(plan);
  const carryKernel = kernelOf(carry);
  const packs = [...plan.turned.values()].map(({ pack }): Defined => ({ index: pack, isShared: false }));
  const phases = (list: typeof before): Defined[] => list.map(({ defined }) => defined);
  const step = inOrder(name === "forward" ? [...packs, ...phases(before), atStep, ...phases(after)] : []);
  const stepKernel = kernelOf(step.index);
  const stepAndCarry = kernelOf(inOrder([step, { index: carry, isShared: false }]).index);
  const turn = unlessEmpty(packs);

  const kernels = team.load(module.bytes(memory.isShared));
  const loaded = ({ phase, kernel }: (typeof before)[number]): CompiledPhase => ({
    ...phase,
    cost: costOf(schedule, sizes, phase.ops),
    kernel: kernel(),
  });
  return {
    plan,
    first: first?.(),
    before: before.map(loaded),
    direction: pass.direction,
    each: loop && { kernel: loop(), cost: costOf(schedule, sizes, pass.each) },
    after: after.map(loaded),
    turn: turn?.(),
    carry: carryKernel(),
    step: stepKernel(),
    stepAndCarry: stepAndCarry(),
    cost: costOf(schedule, sizes, [...pass.before, ...pass.each, ...pass.after]),
  };
}

/** An operation's function; `isShared`: it also takes a share and how many shares there are. */
interface Defined {
  readonly index: number;
  readonly isShared: boolean;
}

/** The only share. */
const WHOLE = [i32.const(0), i32.const(1)];

/** Gradients are shared panel by panel, other sums are dealt out whole, the last thread first. */
function inShares(plan: Plan, functions: readonly Defined[]): Defined {
  const index = defineShare(plan, (w, { frame, now, before, count, share, shares }) => {
    const rows = [frame.get, now.get, before.get, count.get];
    let dealt = 0;
    for (const { index, isShared } of functions) {
      if (isShared) w.put(call(index, ...rows, share.get, shares.get));
      else {
        const turn: Code = i32.remU(i32.const(dealt++), shares.get);
        const isMine = i32.eq(i32.add(share.get, turn), i32.sub(shares.get, i32.const(1)));
        w.when(isMine, () => w.put(call(index, ...rows)));
      }
    }
  });
  return { index, isShared: true };
}

function defineFunction(plan: Plan, op: Op, integers: IntegerProducts | undefined): number {
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
