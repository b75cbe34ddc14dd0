/** Everything that the page may ask its worker for; one file of calls for each concern. */
import { cellCalls } from "./cells.ts";
import { labCalls } from "./lab.ts";
import { lookCalls } from "./look.ts";
import { modelCalls } from "./models.ts";
import { trainingCalls } from "./training.ts";

export const calls = { ...modelCalls, ...cellCalls, ...labCalls, ...lookCalls, ...trainingCalls };

export type Calls = typeof calls;
