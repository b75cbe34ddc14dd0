/** What a person has set for how the page looks: light or dark, less motion, more contrast. Kept in this browser. */
import { createEffect, createSignal } from "solid-js";

export type Theme = "system" | "light" | "dark";

const kept = (name: string): string | null => {
  try {
    return localStorage.getItem(`cellstate.${name}`);
  } catch {
    return null; // storage may be forbidden
  }
};

const keep = (name: string, value: string): void => {
  try {
    localStorage.setItem(`cellstate.${name}`, value);
  } catch {
    // it lasts until the page is closed, then
  }
};

const themeOf = (text: string | null): Theme => (text === "light" || text === "dark" ? text : "system");

const [theme, setTheme] = createSignal<Theme>(themeOf(kept("theme")));
const [isStill, setStill] = createSignal(kept("still") === "yes");
const [isStrong, setStrong] = createSignal(kept("contrast") === "strong");

export { isStill, isStrong, setStill, setStrong, setTheme, theme };

const wantsStill = matchMedia("(prefers-reduced-motion: reduce)");
const wantsDark = matchMedia("(prefers-color-scheme: dark)");
const [systemStill, setSystemStill] = createSignal(wantsStill.matches);
const [systemDark, setSystemDark] = createSignal(wantsDark.matches);
const onPaper = matchMedia("print");
const [isPrinted, setPrinted] = createSignal(onPaper.matches);
onPaper.addEventListener("change", () => setPrinted(onPaper.matches));
wantsStill.addEventListener("change", () => setSystemStill(wantsStill.matches));
wantsDark.addEventListener("change", () => setSystemDark(wantsDark.matches));

/** No movement between two pictures. */
export const lessMotion = (): boolean => isStill() || systemStill();

/** For what is painted and not styled. Paper is light. */
export const isDark = (): boolean => !isPrinted() && (theme() === "system" ? systemDark() : theme() === "dark");

/** Puts the wishes where the styles see them. */
export function applyWishes(): void {
  createEffect(() => {
    const root = document.documentElement;
    root.dataset["theme"] = isDark() ? "dark" : "light";
    root.dataset["motion"] = lessMotion() ? "less" : "full";
    root.dataset["contrast"] = isStrong() ? "strong" : "normal";
    keep("theme", theme());
    keep("still", isStill() ? "yes" : "no");
    keep("contrast", isStrong() ? "strong" : "normal");
  });
}
