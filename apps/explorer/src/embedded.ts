/**
 * A model inside the page: a script element that is never run, with the file's bytes as base64. The build puts the
 * bundled ones in, `cellstate explore MODEL` yours.
 */

/** The element, as text. */
export function embeddedModel(name: string, bytes: Uint8Array): string {
  let binary = "";
  for (let at = 0; at < bytes.length; at += 0x8000) binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return `<script type="text/plain" data-model="${escaped(name)}">${btoa(binary)}</script>`;
}

const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`).replace(/[\u0000-\u001f\u007f]/g, " ");

/** The names of the models in this page, in its order. */
export const embeddedNames = (): string[] =>
  [...document.querySelectorAll<HTMLElement>("script[data-model]")].map((one) => one.dataset["model"]!);

/** The bytes of a model in this page. */
export function embeddedBytes(name: string): Uint8Array<ArrayBuffer> | undefined {
  const all = document.querySelectorAll<HTMLElement>("script[data-model]");
  const found = [...all].find((one) => one.dataset["model"] === name);
  if (found === undefined) return undefined;
  const binary = atob(found.textContent ?? "");
  return Uint8Array.from(binary, (sign) => sign.charCodeAt(0));
}
