/** The views, in the order of the tabs. */
import type { Component } from "solid-js";
import type { View } from "../session/session.ts";
import { Cell } from "./cell/Cell.tsx";
import { Contrast } from "./contrast/Contrast.tsx";
import { Lab } from "./lab/Lab.tsx";
import { Memory } from "./memory/Memory.tsx";
import { Open } from "./open/Open.tsx";
import { Sequence } from "./sequence/Sequence.tsx";
import { Train } from "./train/Train.tsx";

export interface ViewEntry {
  readonly name: View;
  readonly title: string;
  /** The question that it answers. */
  readonly asks: string;
  /** Shows the open model at the cursor: with text, steps and inspector around it. */
  readonly isOfModel: boolean;
  readonly component: Component;
}

export const views: readonly ViewEntry[] = [
  {
    name: "cell",
    title: "Cell",
    asks: "What happens at this one step?",
    isOfModel: true,
    component: Cell,
  },
  {
    name: "sequence",
    title: "Sequence",
    asks: "What does each unit do along the text?",
    isOfModel: true,
    component: Sequence,
  },
  {
    name: "memory",
    title: "Memory",
    asks: "What is remembered now, and since when?",
    isOfModel: true,
    component: Memory,
  },
  {
    name: "contrast",
    title: "RNN and LSTM",
    asks: "Why not a plain RNN?",
    isOfModel: false,
    component: Contrast,
  },
  { name: "lab", title: "Cell lab", asks: "What if the equations were others?", isOfModel: false, component: Lab },
  { name: "train", title: "Train", asks: "Can it learn my text?", isOfModel: false, component: Train },
  { name: "open", title: "Open", asks: "Is this my model?", isOfModel: false, component: Open },
];
