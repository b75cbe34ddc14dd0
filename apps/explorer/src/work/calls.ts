/** Everything that the page may ask its worker for; one file of calls for each concern. */
import { lookCalls } from "./look.ts";
import { modelCalls } from "./models.ts";

export const calls = { ...modelCalls, ...lookCalls };

export type Calls = typeof calls;
