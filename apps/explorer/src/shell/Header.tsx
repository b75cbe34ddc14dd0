/** The page's head: its name, the tabs, light and dark, help. */
import { createSignal, For } from "solid-js";
import { lettersOn, setLettersOn } from "../session/keys.ts";
import { address, session, show } from "../session/session.ts";
import { isStill, isStrong, setStill, setStrong, setTheme, type Theme, theme } from "../session/wishes.ts";
import { views } from "../views/views.ts";
import { openHelp } from "./Help.tsx";

export function Header() {
  return (
    <header class="head">
      <div class="brand">
        <svg viewBox="0 0 34 24" width="34" height="24" aria-hidden="true">
          <path d="M1 6h32" class="brand-rail" />
          <circle cx="12" cy="6" r="4" class="brand-node" />
          <circle cx="23" cy="6" r="4" class="brand-node" />
          <path d="M12 10v10M23 10v10" class="brand-wire" />
        </svg>
        <span>
          Cellstate <b>Explorer</b>
        </span>
      </div>
      <nav aria-label="Views">
        <ul class="tabs">
          <For each={views}>
            {(view) => (
              <li>
                <a
                  href={`${location.href.split("#")[0]}#view=${view.name}`}
                  aria-current={session.view === view.name ? "page" : undefined}
                  title={view.asks}
                  onClick={(event) => {
                    event.preventDefault();
                    show(view.name);
                  }}
                >
                  {view.title}
                </a>
              </li>
            )}
          </For>
        </ul>
      </nav>
      <div class="head-tools">
        <CopyLink />
        <button type="button" class="quiet" onClick={openHelp} aria-label="Keys and help" title="Keys and help (?)">
          ?
        </button>
        <Wishes />
      </div>
    </header>
  );
}

function CopyLink() {
  const [said, say] = createSignal("Link");
  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(address());
      say("Copied");
    } catch {
      say("It stands in the address bar");
    }
    setTimeout(() => say("Link"), 2000);
  }
  return (
    <button type="button" class="quiet" onClick={copy} title="Copy a link to what is on screen; it holds no weights">
      {said()}
    </button>
  );
}

function Wishes() {
  const themes: [Theme, string][] = [
    ["system", "as the system"],
    ["light", "light"],
    ["dark", "dark"],
  ];
  return (
    <details class="menu">
      <summary aria-label="How the page looks" title="How the page looks">
        <svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true">
          <circle cx="10" cy="10" r="7" fill="none" stroke="currentColor" stroke-width="1.6" />
          <path d="M10 3a7 7 0 0 1 0 14z" fill="currentColor" />
        </svg>
      </summary>
      <div class="menu-body card">
        <fieldset>
          <legend>Colours</legend>
          <For each={themes}>
            {([name, text]) => (
              <label>
                <input type="radio" name="theme" checked={theme() === name} onChange={() => setTheme(name)} /> {text}
              </label>
            )}
          </For>
        </fieldset>
        <label>
          <input type="checkbox" checked={isStrong()} onChange={(e) => setStrong(e.currentTarget.checked)} /> stronger
          contrast
        </label>
        <label>
          <input type="checkbox" checked={isStill()} onChange={(e) => setStill(e.currentTarget.checked)} /> no movement
        </label>
        <label>
          <input type="checkbox" checked={lettersOn()} onChange={(e) => setLettersOn(e.currentTarget.checked)} /> keys
          that are single letters
        </label>
      </div>
    </details>
  );
}
