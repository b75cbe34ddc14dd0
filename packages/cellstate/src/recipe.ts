/**
 * How a dataset, an optimizer or a rate was made. They hold functions, which cannot cross into a worker; the name of
 * the call and its arguments can, and the worker makes the call again (the closed list: `workerHost.ts`).
 */
export interface Recipe {
  readonly call: string;
  readonly given: readonly unknown[];
}

const recipes = new WeakMap<object, Recipe>();

/** Notes which call made `made`, and returns it. */
export function recorded<T extends object>(call: string, given: readonly unknown[], made: T): T {
  recipes.set(made, { call, given });
  return made;
}

/** Nothing for what was put together by hand. */
export const recipeOf = (made: object): Recipe | undefined => recipes.get(made);
