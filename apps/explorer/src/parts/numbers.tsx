/** Numbers as text: short on screen, whole in `data-v`, so that what is shown can be compared with what was computed. */

/** Two to four digits: .97, −1.3, 128, 1.2e-9. */
export function short(value: number, digits = 3): string {
  if (value === 0) return "0";
  if (!Number.isFinite(value)) return String(value).replace("-", "−").replace("Infinity", "∞");
  const size = Math.abs(value);
  if (size < 0.0005 || size >= 1e6) return withMinus(value.toExponential(1).replace("e+", "e"));
  if (size >= 100) return withMinus(value.toFixed(0));
  const text = value.toFixed(size >= 10 ? 1 : size >= 1 ? 2 : digits);
  return withMinus(text.replace(/^(-?)0\./, "$1."));
}

const withMinus = (text: string): string => text.replace(/^-/, "−").replace("e-", "e−");

export const percent = (part: number): string => `${(part * 100).toFixed(part >= 0.0995 || part === 0 ? 0 : 1)} %`;

export const whole = (n: number): string => n.toLocaleString("en-US").replaceAll(",", "\u202f");

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
