/** Everything that the page may ask its worker for; one file of calls for each concern. */
import { cellCalls } from "./cell.ts";
import { checkCalls } from "./check.ts";
import { contrastCalls } from "./contrast.ts";
import { labCalls } from "./lab.ts";
import { lookCalls } from "./look.ts";
import { memoryCalls } from "./memory.ts";
import { modelCalls } from "./models.ts";
import { sequenceCalls } from "./sequence.ts";
import { storyCalls } from "./story.ts";
import { trainingCalls } from "./training.ts";
import { typedCalls } from "./typed.ts";

export const calls = {
  ...modelCalls,
  ...lookCalls,
  ...cellCalls,
  ...sequenceCalls,
  ...memoryCalls,
  ...checkCalls,
  ...storyCalls,
  ...typedCalls,
  ...labCalls,
  ...contrastCalls,
  ...trainingCalls,
};

export type Calls = typeof calls;
