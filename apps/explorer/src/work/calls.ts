/** Everything that the page may ask its worker for; one file of calls for each concern. */
import { lookCalls } from "./look.ts";
import { modelCalls } from "./models.ts";
import { sequenceCalls } from "./sequence.ts";

export const calls = { ...modelCalls, ...lookCalls, ...sequenceCalls };

export type Calls = typeof calls;
