/**
 * A model inside the page: a script element that is never run, with the file's bytes as base64. The build puts the
 * bundled ones in, `cellstate explore MODEL` yours. What was measured lies in the page in the same way, as JSON.
 */

/** Measures as an element; `</` would end it. */
export const dataElement = (name: string, json: string): string =>
  `<script type="application/json" data-measured="${name}">${json.replaceAll("</", "<\\/")}</script>`;

/** What was measured, as it was written down. */
export const embeddedData = (name: string): unknown =>
  JSON.parse(document.querySelector(`script[data-measured="${name}"]`)!.textContent!);

export interface Embedding {
  /** Of whoever opens the page: it is what they see first. */
  readonly isOwn?: boolean;
}

/** A page with one more model in it. */
export function withModel(html: string, name: string, bytes: Uint8Array, { isOwn = false }: Embedding = {}): string {
  let binary = "";
  for (let at = 0; at < bytes.length; at += 0x8000) binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  const own = isOwn ? " data-own" : "";
  const element = `<script type="text/plain" data-model="${escaped(name)}"${own}>${btoa(binary)}</script>\n`;
  const end = html.lastIndexOf("</body>");
  return `${html.slice(0, end)}${element}${html.slice(end)}`;
}

const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`).replace(/[\u0000-\u001f\u007f]/g, " ");

const elements = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>("script[data-model]")];

/** The names of the models in this page, in its order. */
export const embeddedNames = (): string[] => elements().map((one) => one.dataset["model"]!);

/** The name of the reader's own model, if the page was made with one. */
export const ownName = (): string | undefined => elements().find((one) => "own" in one.dataset)?.dataset["model"];

/** The bytes of a model in this page; of two with one name the reader's own, unless the page's is wanted. */
export function embeddedBytes(name: string, isBundled = false): Uint8Array<ArrayBuffer> | undefined {
  const all = elements().filter((one) => one.dataset["model"] === name);
  const found = isBundled ? all[0] : all.at(-1);
  if (found === undefined) return undefined;
  const binary = atob(found.textContent ?? "");
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < bytes.length; at++) bytes[at] = binary.charCodeAt(at);
  return bytes;
}
