/** The flags of the neural cache, which `generate` and `eval` share. */
import type { CacheOptions } from "cellstate";
import { Failure } from "./failure.ts";
import type { Values } from "./flags.ts";

export const cacheFlags = {
  cache: {
    type: "whole",
    value: "N",
    min: 0,
    max: 1_000_000,
    help: "what came in states like this one among the last N is likelier to come again; 0: off (0)",
  },
  "cache-theta": { type: "number", value: "X", min: 0, help: "how much likeness counts (0.5)" },
  "cache-lambda": { type: "number", value: "P", min: 0, max: 0.99, help: "the cache's part of the mixture (0.15)" },
} as const;

/** What the flags say about a cache; undefined where there is none. */
export function cacheFrom(values: Values<typeof cacheFlags>): Required<CacheOptions> | undefined {
  const { cache: size = 0, "cache-theta": theta = 0.5, "cache-lambda": lambda = 0.15 } = values;
  const beside = ["cache-theta", "cache-lambda"].find((flag) => flag in values);
  if (size === 0 && beside !== undefined)
    throw new Failure("usage", `--${beside} says how a cache is mixed in, but there is none`, "add --cache 500");
  return size === 0 ? undefined : { size, theta, lambda };
}
