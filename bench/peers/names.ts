/** This library's names in tables and plots, apart from `contestants.ts`, which looks for Python when it is loaded. */
export const OURS = "Cellstate";
export const COPIES = `${OURS}, two copies at once`;
