/** What is being waited for and what went wrong, in the library's words; read aloud, and the error can be put away. */
import { Show } from "solid-js";
import { sayProblem, session } from "../session/session.ts";

/** @param props.isOfModel - the view shows the open model: what was left out of its text matters */
export function Messages(props: { isOfModel: boolean }) {
  const left = () => {
    const { unknown = [], cut = 0 } = (props.isOfModel && session.look) || {};
    const parts: string[] = [];
    const { reading } = session.model ?? {};
    const how = reading?.kind === "words" && reading.isText ? "read as <unk>" : "left out";
    if (unknown.length > 0)
      parts.push(`The model does not know ${unknown.map((one) => `“${one}”`).join(" ")}: ${how}.`);
    if (cut > 0) parts.push(`${cut} more steps are left out.`);
    return parts.join(" ");
  };
  return (
    <div class="messages">
      <p role="status" class="note">
        {session.busy ?? left()}
      </p>
      <Show when={session.problem}>
        {(text) => (
          <div role="alert" class="problem">
            <pre>{text()}</pre>
            <button type="button" class="quiet small" onClick={() => sayProblem(undefined)}>
              Close
            </button>
          </div>
        )}
      </Show>
    </div>
  );
}
