/** What this folder's tests share: a space in which every schedule has 8-bit matrices, whatever is put into it. */
import type { Region, Space } from "../engine.ts";
import { openReference } from "../reference/space.ts";
import { openWasm } from "../wasm/engine.ts";
import type { Dot } from "./dots.ts";
import { roundParameters } from "./parameters.ts";
import { integerProducts } from "./products.ts";

/** Before its first run a run's parameters are rounded and packed. */
function withIntegers(space: Space): Space {
  return {
    ...space,
    compile(schedule, sizes) {
      const program = space.compile(schedule, sizes, { weights: "i8" });
      return {
        ...program,
        bind(capacity) {
          const run = program.bind(capacity, { backward: false });
          let parameters: Region | undefined;
          return {
            ...run,
            place(name, region) {
              if (name === "parameters") parameters = region;
              run.place(name, region);
            },
            *forward(rows, options) {
              if (parameters !== undefined) {
                yield* roundParameters(schedule, sizes, space.floats(parameters));
                if (program.packed !== undefined) {
                  const into = space.allocate(program.packed.length);
                  yield* program.packed.write(parameters, into);
                  run.place("packed", into);
                }
                parameters = undefined;
              }
              yield* run.forward(rows, options);
            },
          };
        },
      };
    },
  };
}

export const integerWasm = (dot: Dot): Space => withIntegers(openWasm({ integers: integerProducts(dot) }));
export const integerReference = (): Space => withIntegers(openReference());
