/**
 * MathML Core, a few elements of it: strings in, escaped strings out. What comes from a cell's text is a
 * stranger's, so nothing reaches the page but through `text` and `attribute`.
 */

/** Markup that has been made here. */
export type Markup = string & { readonly markup: true };

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** What XML forbids, replaced; what has a meaning in it, escaped. */
export function escaped(plain: string): string {
  return plain
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufffe\uffff]/g, "\ufffd")
    .replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "\ufffd")
    .replace(/[&<>"']/g, (sign) => entities[sign]!);
}

export type Attributes = Readonly<Record<string, string>>;

/** `<name …>…</name>`; the names are this folder's own, the attributes' values anyone's. */
export function element(name: string, content: readonly Markup[], attributes: Attributes = {}): Markup {
  const given = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(value)}"`);
  return `<${name}${given.join("")}>${content.join("")}</${name}>` as Markup;
}

const leaf = (name: string, plain: string): Markup => `<${name}>${escaped(plain)}</${name}>` as Markup;

export const identifier = (name: string): Markup => leaf("mi", name);
export const operator = (sign: string): Markup => leaf("mo", sign);
export const digits = (number: string): Markup => leaf("mn", number);
export const words = (plain: string): Markup => leaf("mtext", plain);
export const row = (...content: readonly Markup[]): Markup =>
  content.length === 1 ? content[0]! : element("mrow", content);
export const sub = (base: Markup, below: Markup): Markup => element("msub", [base, below]);
export const parentheses = (inside: Markup): Markup => row(operator("("), inside, operator(")"));

/** Between a function and its argument; between a matrix and its operand. */
export const application = operator("\u2061");
export const times = operator("\u2062");

/** `-1e30` as −1 × 10³⁰. */
export function number(value: number): Markup {
  const negative = value < 0 || Object.is(value, -0);
  const [mantissa, exponent] = String(Math.abs(value)).split("e") as [string, string | undefined];
  const parts: Markup[] = negative ? [operator("−")] : [];
  if (exponent === undefined) return row(...parts, digits(mantissa));
  if (mantissa !== "1") parts.push(digits(mantissa), operator("×"));
  const power = exponent.startsWith("-")
    ? row(operator("−"), digits(exponent.slice(1)))
    : digits(exponent.replace("+", ""));
  return row(...parts, element("msup", [digits("10"), power]));
}
