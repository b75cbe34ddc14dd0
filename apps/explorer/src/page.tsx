/** The page's start: styles, the shell, and what the link asks for. */
import { render } from "solid-js/web";
import "./shell/look.css";
import "./shell/controls.css";
import "./shell/frame.css";
import "./shell/figures.css";
import "./views/open/open.css";
import "./shell/narrow.css";
import { Shell } from "./shell/Shell.tsx";
import { work } from "./worker/line.ts";

work(); // it starts while the page is being drawn
render(() => <Shell />, document.getElementById("page")!);
