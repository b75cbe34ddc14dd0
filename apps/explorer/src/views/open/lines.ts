/** A layer, and what a model reads, as one line each. */
import type { Layer } from "cellstate";
import type { Reading } from "../../worker/tokens.ts";

export function layerLine(layer: Layer): string {
  switch (layer.kind) {
    case "recurrent": {
      const sizes = Object.entries(layer.sizes).map(([axis, n]) => `${n} ${axis}`);
      const more = [
        layer.layers > 1 ? `${layer.layers} layers` : "",
        layer.direction === "forward" ? "" : layer.direction,
        layer.output === "last" ? "last step only" : "",
        noiseLine(layer),
        layer.residual ? "residual" : "",
        layer.layerNorm ? "layer norm between" : "",
      ];
      return [`${layer.cell.name}: ${sizes.join(", ")}`, ...more.filter((part) => part !== "")].join(", ");
    }
    case "embedding":
      return `embedding: ${layer.vocabulary} symbols, ${layer.size} numbers each${layer.dropout === undefined ? "" : `, dropout ${layer.dropout} while training`}`;
    case "dense":
      return `dense: ${layer.units}${layer.activation === "none" ? "" : `, ${layer.activation}`}${layer.tied === undefined ? "" : `, the table of ${layer.tied}`}`;
    case "dropout":
      return `dropout: ${layer.rate}, while training`;
    case "layerNorm":
      return "layer norm";
    case "residual":
      return `residual, x + (${layer.layers.map(layerLine).join("; ")})`;
    case "activityRegularization":
      return `activity regularization: l2 ${layer.l2}, temporal ${layer.temporal}, while training`;
    default:
      return `${layer.kind}: ${Object.keys(layer.branches).join(", ")}`;
  }
}

/** What is drawn while it is trained; empty if nothing is. */
function noiseLine(layer: Extract<Layer, { kind: "recurrent" }>): string {
  const { dropout, zoneout, recurrentDropout, weightDrop } = layer;
  const states = typeof zoneout === "object" ? Object.entries(zoneout).map(([state, rate]) => `${state} ${rate}`) : [];
  const parts = [
    dropout > 0 ? `dropout ${dropout}` : "",
    zoneout === undefined ? "" : `zoneout ${typeof zoneout === "object" ? states.join(" ") : zoneout}`,
    recurrentDropout === undefined ? "" : `recurrent dropout ${recurrentDropout}`,
    weightDrop === undefined ? "" : `weight drop ${weightDrop}`,
  ].filter((part) => part !== "");
  return parts.length === 0 ? "" : `${parts.join(", ")} while training`;
}

export function readingLine(reading: Reading): string {
  if (reading.kind === "values") return `${reading.size} ${reading.size === 1 ? "number" : "numbers"} a step`;
  if (reading.kind === "ids") return `symbols 0 to ${reading.count - 1}`;
  return `${reading.tokens.length} ${reading.kind}`;
}
