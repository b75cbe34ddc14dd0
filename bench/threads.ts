/**
 * How many threads a model is asked to use. The option is passed only where the built library declares it, so that
 * the benchmarks run before and after it exists, and say which.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const declarations = fileURLToPath(new URL("../packages/cellstate/dist/model", import.meta.url));

const isDeclared = (file: string): boolean => {
  const text = readFileSync(`${declarations}/${file}`, "utf8");
  const options = text.match(/interface ModelOptions \{[\s\S]*?^\}/m)?.[0] ?? "";
  return /\bthreads\?:/.test(options);
};

/** Whether `createModel(architecture, { threads })` exists. */
export const hasThreads: boolean =
  existsSync(declarations) && readdirSync(declarations).some((file) => file.endsWith(".d.ts") && isDeclared(file));

export const NO_THREADS = "the library has no option for threads yet";

/** Options for `createModel`. */
export const withThreads = (threads: number): { readonly threads?: number } => (hasThreads ? { threads } : {});
