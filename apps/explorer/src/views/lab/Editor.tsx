/**
 * Where a cell is typed: a plain text field with line numbers beside it and a layer over it that tints the names in the
 * colours that they have in the diagram, dims the captions and underlines what is wrong. Keys, selection, undo, screen
 * readers and phones get the field itself.
 */
import { createEffect, createMemo, For, Show } from "solid-js";
import { type Stage, stagesOf } from "../../parts/colours.ts";
import type { CellCard } from "../../worker/models.ts";
import type { Fault } from "../../worker/protocol.ts";

export interface EditorProps {
  readonly text: string;
  /** The last cell that could be read. */
  readonly card: CellCard | undefined;
  readonly fault: Fault | undefined;
  onText(text: string): void;
}

interface Piece {
  readonly text: string;
  readonly kind: "plain" | "name" | "caption" | "wrong";
  readonly colour?: string | undefined;
}

export function Editor(props: EditorProps) {
  let field!: HTMLTextAreaElement;
  let scroller!: HTMLDivElement;
  let typed: string | undefined;
  const stages = createMemo(() => (props.card ? stagesOf(props.card) : new Map<string, Stage>()));
  const lines = createMemo(() => props.text.split("\n").map((line, k) => piecesOf(line, k + 1, props.fault, stages())));
  // another cell's equations are shown from their beginning
  createEffect(() => {
    if (props.text !== typed) scroller.scrollLeft = 0;
  });
  function goThere(): void {
    const place = props.fault?.place;
    if (place === undefined) return;
    const before = props.text.split("\n").slice(0, place.line - 1);
    const at = before.reduce((sum, line) => sum + line.length + 1, 0) + place.column - 1;
    field.focus();
    field.setSelectionRange(at, at + place.length);
  }
  return (
    <div class="stack editor-stack">
      <div class="editor" classList={{ wrong: props.fault !== undefined }}>
        <div class="editor-numbers" aria-hidden="true">
          <For each={lines()}>
            {(_, k) => <span classList={{ wrong: props.fault?.place?.line === k() + 1 }}>{k() + 1}</span>}
          </For>
        </div>
        <div class="editor-text" ref={scroller}>
          <div class="editor-sheet">
            <textarea
              ref={field}
              id="equations"
              aria-label="Equations of the cell"
              aria-describedby="equations-say"
              aria-invalid={props.fault !== undefined}
              wrap="off"
              rows={1}
              spellcheck={false}
              autocapitalize="off"
              autocomplete="off"
              value={props.text}
              onInput={(event) => {
                typed = event.currentTarget.value;
                props.onText(typed);
              }}
            />
            <pre aria-hidden="true">
              <For each={lines()}>
                {(pieces) => (
                  <div>
                    <For each={pieces}>
                      {(piece) => (
                        <span class={piece.kind} style={piece.colour ? { "--stage": piece.colour } : {}}>
                          {piece.text}
                        </span>
                      )}
                    </For>
                    {"\n"}
                  </div>
                )}
              </For>
            </pre>
          </div>
        </div>
      </div>
      <div role="status" id="equations-say" class="editor-says">
        <Show when={props.fault} fallback={<Fine card={props.card} />}>
          {(fault) => <Wrong fault={fault()} onPlace={goThere} />}
        </Show>
      </div>
    </div>
  );
}

function Wrong(props: { fault: Fault; onPlace(): void }) {
  return (
    <div class="editor-wrong">
      <Show when={props.fault.place}>
        {(place) => (
          <button type="button" class="quiet small" onClick={() => props.onPlace()}>
            Line {place().line}, column {place().column}
          </button>
        )}
      </Show>
      <p>
        <b>{props.fault.problem ?? props.fault.message}</b>
        <Show when={props.fault.mend}>{(mend) => <span class="mend">{mend()}</span>}</Show>
      </p>
      <Show when={props.fault.place}>
        <pre>{props.fault.message.split("\n").slice(1).join("\n")}</pre>
      </Show>
    </div>
  );
}

function Fine(props: { card: CellCard | undefined }) {
  const states = () => props.card?.values.filter((value) => value.isState).map((value) => value.name) ?? [];
  return (
    <Show when={props.card} fallback={<p class="muted">Reading the equations …</p>}>
      {(card) => (
        <p class="muted">
          A cell: {states().length === 0 ? "nothing is carried" : `carries ${states().join(", ")}`} from step to step,
          its output is {card().output}.
        </p>
      )}
    </Show>
  );
}

/** A line in pieces, with the place of the error in it. */
function piecesOf(line: string, number: number, fault: Fault | undefined, stages: ReadonlyMap<string, Stage>): Piece[] {
  const from = line.indexOf("#") < 0 ? line.length : line.indexOf("#");
  const pieces: Piece[] = [];
  for (const [text] of line.slice(0, from).matchAll(/[A-Za-z]\w*|[^A-Za-z]+|./g)) {
    const stage = stages.get(text);
    pieces.push(stage ? { text, kind: "name", colour: stage.colour } : { text, kind: "plain" });
  }
  if (from < line.length) pieces.push({ text: line.slice(from), kind: "caption" });
  const place = fault?.place;
  if (place?.line !== number) return pieces;
  // past the line's end there is nothing to underline but a blank
  const padded = line.padEnd(place.column - 1 + place.length);
  const [start, end] = [place.column - 1, place.column - 1 + place.length];
  return [
    { text: padded.slice(0, start), kind: "plain" },
    { text: padded.slice(start, end), kind: "wrong" },
    { text: padded.slice(end), kind: "plain" },
  ];
}
