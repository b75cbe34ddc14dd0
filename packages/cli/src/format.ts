/** Numbers, times and sizes as people read them. */

/** 1115394 → "1 115 394". */
export const whole = (n: number): string => String(Math.round(n)).replace(/\B(?=(\d{3})+$)/g, " ");

/** 0.0082 → "8.2e-3". */
export const rate = (x: number): string => x.toExponential(1).replace("e+", "e");

/** 83123 → "83k", 1115394 → "1.1M". */
export function short(n: number): string {
  if (n >= 9.95e9) return `${Math.round(n / 1e9)}G`;
  if (n >= 9.95e6) return `${Math.round(n / 1e6)}M`;
  if (n >= 1e6) return `${(n / 1e6).toFixed(1)}M`;
  if (n >= 9950) return `${Math.round(n / 1e3)}k`;
  return n >= 1000 ? `${(n / 1e3).toFixed(1)}k` : String(Math.round(n));
}

/** Bytes: "1.1 MB". */
export function bytes(n: number): string {
  for (const [unit, size] of [
    ["GB", 1e9],
    ["MB", 1e6],
    ["KB", 1e3],
  ] as const) {
    if (n >= size)
      return `${n >= 100 * size ? Math.round(n / size) : (n / size).toFixed(n >= 10 * size ? 0 : 1)} ${unit}`;
  }
  return `${n} bytes`;
}

/** Seconds: "0:21", "1:02:03". */
export function clock(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  const minutes = Math.floor(s / 60);
  const tail = String(s % 60).padStart(2, "0");
  if (minutes < 60) return `${minutes}:${tail}`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${tail}`;
}

/** Seconds: "21s", "1m52s", "2h05m". */
export function duration(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${s}s`;
  const minutes = Math.floor(s / 60);
  if (minutes < 60) return `${minutes}m${String(s % 60).padStart(2, "0")}s`;
  return `${Math.floor(minutes / 60)}h${String(minutes % 60).padStart(2, "0")}m`;
}

/** How much of the training part the n-grams are of, where a limit made it less. */
export const ofTheLast = (counted: number, training: number): string =>
  counted < training ? `, n-grams of the last ${whole(counted)}` : "";

/** Nats as bits. */
export const bits = (nats: number): number => nats / Math.LN2;

/** A text on one line, its line ends shown, at most so many characters. */
export function oneLine(text: string, width: number): string {
  const shown = [
    ...text
      .replace(/\n+/g, " ↵ ")
      .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, " ")
      .trim(),
  ];
  return shown.length <= width ? shown.join("") : `${shown.slice(0, Math.max(0, width - 1)).join("")}…`;
}

/** A character as a message shows it: "é", "U+000D". */
export function named(character: string): string {
  if (/^[\p{L}\p{N}\p{P}\p{S}]$/u.test(character)) return character;
  return `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}`;
}
