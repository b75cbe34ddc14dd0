/**
 * Faults that are easy to make and hard to see, each planted alone in a copy of the sources. `tests` must turn red.
 * `find` stands exactly once in the file; if it no longer does, the fault is out of date and counts as unseen.
 */
import { coreFaults } from "./faults/core.ts";
import { deepFaults } from "./faults/deep.ts";
import type { Fault } from "./faults/fault.ts";
import { fileFaults } from "./faults/files.ts";
import { noiseFaults } from "./faults/noise.ts";
import { textFaults } from "./faults/text.ts";
import { trainingFaults } from "./faults/training.ts";
import { wordFaults } from "./faults/words.ts";

export const faults: readonly Fault[] = [
  ...coreFaults,
  ...fileFaults,
  ...noiseFaults,
  ...trainingFaults,
  ...textFaults,
  ...wordFaults,
  ...deepFaults,
];
