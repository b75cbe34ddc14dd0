/**
 * Loads a peer's package, with the part of its interface that is used here as its type: the packages are there only
 * after `npm run bench:peers` has installed them, and the project's checks must hold without.
 */
export const load = async <T>(name: string): Promise<T> => (await import(name)) as T;
