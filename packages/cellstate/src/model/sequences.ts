/**
 * Sequences: a batch of them as one flat array with its shape, `[B, T]` ids or `[B, T, I]` values, and how long
 * each is. Rows shorter than T are padded with 0; nothing past a row's length is ever read.
 */
import { ArgumentError, ShapeError } from "../errors.ts";

/** Numbers in any array; ids must be whole. */
export type Values = Float32Array | Float64Array | Int32Array | Uint32Array | Uint16Array | Uint8Array | number[];

/** Plain data, in and out of every call that takes whole sequences. */
export interface Sequences {
  /** All numbers, row-major. */
  readonly values: Values;
  /** `[B, T]` or `[B, T, I]`; targets of a whole sequence may be `[B]`. */
  readonly shape: readonly number[];
  /** Steps of each row, 1 … T (of labels for `ctc` 0 … T); all T if omitted. */
  readonly lengths?: ArrayLike<number>;
}

/** One sequence: ids or single values `[T]`, or steps of several values `[T, I]`. */
type Row = ArrayLike<number> | ArrayLike<ArrayLike<number>>;

/**
 * Puts rows of different lengths into one array. Rows of whole numbers from 0 up become ids (`Uint32Array`,
 * `[B, T]`), others values in full precision (`Float64Array`).
 *
 * @param rows - `[B][T]` ids, or `[B][T][I]` values with the same I everywhere
 * @returns padded with 0; `lengths` only where rows differ in length
 * @throws {ShapeError} if a row is empty or a step has another number of values
 * @throws {ArgumentError} if an entry is no finite number
 * @example sequences([[3, 1, 4], [1, 5]]); // { values: [3, 1, 4, 1, 5, 0], shape: [2, 3], lengths: [3, 2] }
 */
export function sequences(rows: readonly Row[]): Sequences {
  const where = "sequences";
  if (!isList(rows) || rows.length === 0) {
    const mend = "give at least one sequence: sequences([[3, 1, 4], [1, 5]]).";
    throw new ShapeError({ where, argument: "rows", given: [lengthOf(rows)], expected: ["B", "T"], mend });
  }
  const batch = rows.length;
  const lengths = Uint32Array.from(rows, (row, b) => {
    if (isList(row) && row.length > 0) return row.length;
    const mend = "every sequence needs at least one step; leave empty ones out.";
    throw new ShapeError({ where, argument: `rows[${b}]`, given: [lengthOf(row)], expected: ["T"], mend });
  });
  let steps = 0;
  for (const length of lengths) steps = Math.max(steps, length);
  const isRagged = lengths.some((length) => length !== steps);

  const first = rows[0]![0];
  const size = isList(first) ? first.length : 0;
  if (isList(first) && size === 0) {
    const mend = "every step needs at least one value.";
    throw new ShapeError({ where, argument: "rows[0][0]", given: [0], expected: ["I"], mend });
  }
  const width = size || 1;
  const values = new Float64Array(batch * steps * width);
  for (let b = 0; b < batch; b++) {
    for (let t = 0; t < lengths[b]!; t++) {
      const entry: unknown = rows[b]![t];
      const at = (b * steps + t) * width;
      if (size === 0) values[at] = finite(entry, `rows[${b}][${t}]`);
      else putStep(values, at, size, entry, `rows[${b}][${t}]`);
    }
  }
  const areIds = size === 0 && values.every((value) => Number.isInteger(value) && value >= 0 && value <= 0xffffffff);
  return {
    values: areIds ? Uint32Array.from(values) : values,
    shape: size === 0 ? [batch, steps] : [batch, steps, size],
    ...(isRagged && { lengths }),
  };
}

function putStep(values: Float64Array, at: number, size: number, entry: unknown, argument: string): void {
  if (!isList(entry) || entry.length !== size) {
    const mend = `every step needs as many values as the first, ${size}.`;
    const given = isList(entry) ? [entry.length] : [];
    throw new ShapeError({ where: "sequences", argument, given, expected: [`I=${size}`], mend });
  }
  for (let i = 0; i < size; i++) values[at + i] = finite(entry[i], `${argument}[${i}]`);
}

function finite(value: unknown, argument: string): number {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw new ArgumentError({
    where: "sequences",
    argument,
    given: value,
    expected: "a finite number",
    mend: "fill in or leave out what is missing before; a model has no notion of it.",
  });
}

const isList = (value: unknown): value is ArrayLike<unknown> =>
  Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));

const lengthOf = (value: unknown): number | string => (isList(value) ? value.length : String(typeof value));

/**
 * Checks sequences at the public edge: shape, number of values, lengths.
 *
 * @param where - the call, for the message: `model.predict`
 * @param argument - its argument's name: `x`
 * @param rank - how many axes are allowed, `[2, 3]` if omitted
 * @param least - the least length of a row; labels may be none
 * @returns the length of every row, `[B]`
 * @throws {ShapeError} if they do not fit one another
 * @throws {ArgumentError} if a length is no whole number from `least` to T
 */
export function checkSequences(
  { values, shape, lengths }: Sequences,
  where: string,
  argument: string,
  rank: readonly number[] = [2, 3],
  least = 1,
): Uint32Array<ArrayBuffer> {
  const axes = ["B", "T", "I"];
  if (!Array.isArray(shape) || !rank.includes(shape.length) || !shape.every((n) => Number.isSafeInteger(n) && n > 0)) {
    const choices = rank.map((count) => `[${axes.slice(0, count).join(", ")}]`).join(" or ");
    const mend = `its shape must be ${choices}, each a whole number of at least 1.`;
    const given = Array.isArray(shape) ? shape : [String(typeof shape)];
    throw new ShapeError({ where, argument: `${argument}.shape`, given, expected: axes.slice(0, rank[0]), mend });
  }
  let count = 1;
  for (const size of shape) count *= size;
  if (!isList(values) || values.length !== count) {
    throw new ShapeError({
      where,
      argument: `${argument}.values`,
      given: [lengthOf(values)],
      expected: [`${shape.join("×")}=${count}`],
      mend: "values holds every row one after the other, padded to the same number of steps.",
    });
  }
  const [batch = 1, steps = 1] = shape as number[];
  if (lengths === undefined) return new Uint32Array(batch).fill(steps);
  if (!isList(lengths) || lengths.length !== batch) {
    const mend = "lengths says how many steps each row has; leave it out if all have T.";
    const given = [lengthOf(lengths)];
    throw new ShapeError({ where, argument: `${argument}.lengths`, given, expected: [`B=${batch}`], mend });
  }
  const checked = new Uint32Array(batch);
  for (let b = 0; b < batch; b++) {
    const length: unknown = lengths[b];
    if (!(Number.isInteger(length) && (length as number) >= least && (length as number) <= steps)) {
      throw new ArgumentError({
        where,
        argument: `${argument}.lengths[${b}]`,
        given: length,
        expected: `a whole number from ${least} to ${steps}`,
        mend: "leave empty rows out; lengths count steps, not values.",
      });
    }
    checked[b] = length as number;
  }
  return checked;
}

/** `count` zeroed numbers of the same kind as `like`. */
export function valuesLike(like: Values, count: number): Values {
  if (like instanceof Float32Array) return new Float32Array(count);
  if (like instanceof Int32Array) return new Int32Array(count);
  if (like instanceof Uint32Array || like instanceof Uint16Array || like instanceof Uint8Array) {
    return new Uint32Array(count);
  }
  if (like instanceof Float64Array) return new Float64Array(count);
  return new Array<number>(count).fill(0);
}

/** The same data as it is now, sequences, records of them or of arrays: its owner may change it while a call is under way. */
export function copyOf<T>(data: T): T {
  if (typeof data !== "object" || data === null) return data;
  if (Array.isArray(data) || ArrayBuffer.isView(data)) return "slice" in data ? (data.slice() as T) : data;
  if (!("values" in data)) {
    const parts = Object.entries(data).map(([name, part]) => [name, copyOf(part)]);
    return Object.fromEntries(parts) as T;
  }
  const own = ["values", "shape", "lengths"].filter((name) => name in data);
  return { ...data, ...Object.fromEntries(own.map((name) => [name, copyOf((data as Record<string, unknown>)[name])])) };
}
