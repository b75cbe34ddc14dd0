/** The page's start: styles, the shell, and what the link asks for. */
import { render } from "solid-js/web";
import "./shell/look.css";
import { Shell } from "./shell/Shell.tsx";

render(() => <Shell />, document.getElementById("page")!);
