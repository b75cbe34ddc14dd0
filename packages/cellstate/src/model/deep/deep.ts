/** What only deep networks need, as one module: loaded where an architecture asks for it, see `deepFor.ts`. */
export { createPenalties } from "./penalties.ts";
export { checkStack, norm, planLayer, skip } from "./plan.ts";
export { bindTied, checkTie, tiedNames } from "./tied.ts";
