/** What every question about the picture on screen begins with, as plain data for the worker. */
import { unwrap } from "solid-js/store";
import type { Asked, Place } from "../worker/runs.ts";
import { here, session } from "./session.ts";

export const asked = (): Asked => unwrap(session.look!.of);

export function place(): Place {
  const { layer, direction } = here.layer()!;
  return { layer, direction };
}
