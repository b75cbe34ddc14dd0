/**
 * The modules of a team, each under a number by which all threads know it. One that nobody holds any more is forgotten
 * and its number goes to another: every fixed value of a twin (`model.with`) is in a module of its own.
 */

/** A module's functions by their index, and its bytes, from which other threads compile it. */
export interface LoadedModule {
  readonly id: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly kernels: readonly Kernel[];
}

/** A function of a module; it keeps its module. */
export interface Kernel {
  readonly module: LoadedModule;
  readonly index: number;
  readonly run: (...numbers: number[]) => void;
}

/** Returns how to load a module's bytes; equal ones are compiled once, such as losses and optimizers. */
export function createModules(memory: WebAssembly.Memory): (bytes: Uint8Array<ArrayBuffer>) => readonly Kernel[] {
  const known: { readonly hash: number; readonly module: WeakRef<LoadedModule> }[] = [];

  function compile(id: number, bytes: Uint8Array<ArrayBuffer>): LoadedModule {
    const kernels: Kernel[] = [];
    const module = { id, bytes, kernels };
    const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
    for (const [name, run] of Object.entries(instance.exports) as [string, Kernel["run"]][]) {
      kernels.push({ module, index: Number(name), run });
    }
    kernels.sort((a, b) => a.index - b.index);
    return module;
  }

  return (bytes) => {
    const hash = hashOf(bytes);
    let id = known.length;
    for (const [k, one] of known.entries()) {
      const module = one.module.deref();
      if (module === undefined) id = k;
      else if (one.hash === hash && isSame(module.bytes, bytes)) return module.kernels;
    }
    const module = compile(id, bytes);
    known[id] = { hash, module: new WeakRef(module) };
    return module.kernels;
  };
}

/** FNV-1a. */
function hashOf(bytes: Uint8Array): number {
  let hash = 0x811c9dc5 | 0;
  for (let k = 0; k < bytes.length; k++) hash = Math.imul(hash ^ bytes[k]!, 0x01000193);
  return hash;
}

const isSame = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, k) => byte === b[k]);
