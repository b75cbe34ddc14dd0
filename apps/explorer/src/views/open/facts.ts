/** What a model's facts say about its training. A file may hold anything there: only what has the right form is shown. */
import { whole } from "../../parts/numbers.tsx";

type Facts = Readonly<Record<string, unknown>>;

const record = (value: unknown): Facts =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Facts) : {};
const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);
const isText = (value: unknown): value is string => typeof value === "string" && value !== "";

/** The validation figure beside its baseline, as a sentence that also says when the model loses. */
export function verdict(facts: Facts): string | undefined {
  const said = facts["verdict"];
  if (isText(said)) return said;
  const loss = record(facts["training"])["validationLoss"];
  const pairs = record(facts["baseline"])["bigram"];
  if (!isNumber(loss)) return undefined;
  const figure = `${loss.toFixed(3)} nats a character on text it was not trained on`;
  if (!isNumber(pairs)) return `${figure}.`;
  const part = Math.abs(Math.round((1 - loss / pairs) * 100));
  const comparison = loss < pairs ? `${part} % better than` : `${part} % worse than`;
  return `${figure}: ${comparison} counting pairs of characters (${pairs.toFixed(3)}).`;
}

/** Names and values for the card. */
export function trainingFacts(facts: Facts): [string, string][] {
  const all: [string, string][] = [];
  if (isText(facts["task"])) all.push(["task", facts["task"]]);
  const data = record(facts["data"]);
  if (isText(data["name"])) {
    const size = isNumber(data["characters"]) ? `, ${whole(data["characters"])} characters` : "";
    all.push(["data", `${data["name"]}${size}`]);
  }
  const split = record(facts["split"]);
  if (isNumber(split["training"]) && isNumber(split["validation"])) {
    all.push(["split", `${whole(split["training"])} to train on, ${whole(split["validation"])} to judge on`]);
  }
  const settings = Object.entries(record(record(facts["training"])["settings"]));
  const shown = settings.filter(([, value]) => isNumber(value) || isText(value));
  if (shown.length > 0) all.push(["settings", shown.map(([name, value]) => `${name} ${value}`).join(", ")]);
  const step = record(facts["training"])["bestStep"];
  if (isNumber(step)) all.push(["best after", `${whole(step)} updates`]);
  return all;
}
