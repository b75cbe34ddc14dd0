/**
 * Cellstate's long-lag tasks: sequences made without end, in which a step far back decides the answer. With them one
 * measures how far a cell's memory reaches.
 */
import { adding } from "./data/tasks/adding.ts";
import { type CopyOptions, copy } from "./data/tasks/copy.ts";
import { embeddedReber } from "./data/tasks/embeddedReber.ts";
import type { Task } from "./data/tasks/task.ts";
import { temporalOrder } from "./data/tasks/temporalOrder.ts";

export type { DrawOptions, Examples, Judgement, Task, TaskFacts, TrainingOptions } from "./data/tasks/task.ts";
export { adding, type CopyOptions, copy, embeddedReber, temporalOrder };

/** All of them by name. With `task.options` the same task can be made again: `tasks[task.name](task.options)`. */
export const tasks: {
  readonly [name in "adding" | "temporalOrder" | "embeddedReber" | "copy"]: (
    options?: Readonly<Record<string, number>>,
  ) => Task;
} = {
  adding,
  temporalOrder,
  embeddedReber,
  copy,
};
