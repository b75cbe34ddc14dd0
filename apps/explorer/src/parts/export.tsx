/** What is shown, as a file: PNG, SVG, CSV. Made here, saved by the browser; nothing is sent anywhere. */
import { For, Show } from "solid-js";

export type Cells = readonly (readonly (string | number)[])[];

/** What can be saved; each is made when it is asked for. */
export interface Picture {
  /** The file's name without ending. */
  readonly name: string;
  readonly svg?: () => SVGSVGElement | undefined;
  readonly canvas?: () => HTMLCanvasElement | undefined;
  /** With its heading first. */
  readonly csv?: () => Cells;
}

export function save(name: string, content: Blob): void {
  const address = URL.createObjectURL(content);
  const anchor = document.createElement("a");
  anchor.href = address;
  anchor.download = name;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

const quoted = (cell: string | number): string =>
  typeof cell === "number" || !/[",\n\r]/.test(cell) ? String(cell) : `"${cell.replaceAll('"', '""')}"`;

export const csvOf = (cells: Cells): string => `${cells.map((row) => row.map(quoted).join(",")).join("\n")}\n`;

/** The properties that a drawing takes from the page's styles, written into it so that it stands alone. */
const STYLES = [
  "fill",
  "stroke",
  "stroke-width",
  "stroke-dasharray",
  "opacity",
  "font-size",
  "font-family",
  "font-weight",
  "font-style",
  "paint-order",
  "stroke-linecap",
  "stroke-linejoin",
  "text-anchor",
  "dominant-baseline",
  "display",
];

export function standaloneSvg(svg: SVGSVGElement): string {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const from = [svg, ...svg.querySelectorAll<SVGElement>("*")];
  [copy, ...copy.querySelectorAll<SVGElement>("*")].forEach((element, k) => {
    const style = getComputedStyle(from[k]!);
    for (const name of STYLES) element.style.setProperty(name, style.getPropertyValue(name));
    element.removeAttribute("class");
  });
  const { width, height } = svg.getBoundingClientRect();
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", String(Math.round(width)));
  copy.setAttribute("height", String(Math.round(height)));
  copy.style.background = getComputedStyle(document.body).backgroundColor;
  return new XMLSerializer().serializeToString(copy);
}

async function pngOf({ svg, canvas }: Picture): Promise<Blob | null> {
  const shown = svg?.();
  const painted = shown ? await paintedSvg(shown) : canvas?.();
  return painted ? new Promise((resolve) => painted.toBlob(resolve, "image/png")) : null;
}

async function paintedSvg(svg: SVGSVGElement): Promise<HTMLCanvasElement> {
  const { width, height } = svg.getBoundingClientRect();
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(standaloneSvg(svg))}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [Math.round(width * 2), Math.round(height * 2)];
  canvas.getContext("2d")!.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas;
}

export function Export(props: { picture: Picture }) {
  const ways = (): [string, () => void][] => {
    const { picture } = props;
    const all: [string, () => void][] = [];
    if (picture.svg || picture.canvas) {
      all.push([
        "PNG",
        async () => {
          const png = await pngOf(picture);
          if (png) save(`${picture.name}.png`, png);
        },
      ]);
    }
    if (picture.svg) {
      all.push([
        "SVG",
        () => {
          const svg = picture.svg!();
          if (svg) save(`${picture.name}.svg`, new Blob([standaloneSvg(svg)], { type: "image/svg+xml" }));
        },
      ]);
    }
    if (picture.csv) {
      all.push(["CSV", () => save(`${picture.name}.csv`, new Blob([csvOf(picture.csv!())], { type: "text/csv" }))]);
    }
    return all;
  };
  return (
    <Show when={ways().length > 0}>
      <span class="export" role="group" aria-label={`Save ${props.picture.name}`}>
        <For each={ways()}>
          {([name, run]) => (
            <button
              type="button"
              class="quiet small"
              onClick={run}
              aria-label={`Save ${props.picture.name} as ${name}`}
            >
              {name}
            </button>
          )}
        </For>
      </span>
    </Show>
  );
}
