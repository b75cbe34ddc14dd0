/** Numbers as text: short on screen, whole in `data-v`, so that what is shown can be compared with what was computed. */

/** Two to four digits: .97, −1.3, 128, 1.2e-9; whole numbers as they are. */
export function short(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return String(value).replace("-", "−").replace("Infinity", "∞");
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e6) return withMinus(String(value));
  if (size < 0.5 * 10 ** -digits || size >= 1e6) return withMinus(value.toExponential(1).replace("e+", "e"));
  if (size >= 100) return withMinus(value.toFixed(0));
  const text = value.toFixed(size >= 10 ? 1 : size >= 1 ? 2 : digits);
  return withMinus(text.replace(/^(-?)0\./, "$1."));
}

const withMinus = (text: string): string => text.replace(/^-/, "−").replace("e-", "e−");

/** 97 %, 3.2 %, < 0.1 %: what is not nothing is not written as nothing. */
export const percent = (part: number): string =>
  part > 0 && part < 0.0005 ? "< 0.1 %" : `${(part * 100).toFixed(part >= 0.0995 || part === 0 ? 0 : 1)} %`;

export const whole = (n: number): string => n.toLocaleString("en-US").replaceAll(",", "\u202f");

/** Of something that is likely or not: what is next to nothing is not worth its digits. */
export const likely = (part: number): string => (part < 0.0005 ? "< .001" : short(part));

/** A number that was computed by the library. */
export function Num(props: { value: number; digits?: number; as?: "percent" | undefined }) {
  return (
    <span class="num" data-v={String(props.value)}>
      {props.as === "percent" ? percent(props.value) : short(props.value, props.digits)}
    </span>
  );
}

/** A symbol as shown: blanks and line ends become visible. */
export const visible = (token: string): string =>
  token === " " ? "␣" : token === "\n" ? "↵" : token === "\t" ? "⇥" : token;
