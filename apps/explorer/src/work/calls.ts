/** Everything that the page may ask its worker for; one file of calls for each concern. */
import { cellCalls } from "./cells.ts";
import { checkCalls } from "./check.ts";
import { labCalls } from "./lab.ts";
import { lookCalls } from "./look.ts";
import { memoryCalls } from "./memory.ts";
import { modelCalls } from "./models.ts";
import { sequenceCalls } from "./sequence.ts";
import { storyCalls } from "./story.ts";
import { trainingCalls } from "./training.ts";

export const calls = {
  ...modelCalls,
  ...lookCalls,
  ...sequenceCalls,
  ...memoryCalls,
  ...checkCalls,
  ...storyCalls,
  ...cellCalls,
  ...labCalls,
  ...trainingCalls,
};

export type Calls = typeof calls;
