/** What a model's facts say about its training. A file may hold anything there: only what has the right form is shown. */
import { besideCounting } from "cellstate";
import { whole } from "../../parts/numbers.tsx";

type Facts = Readonly<Record<string, unknown>>;

const record = (value: unknown): Facts =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Facts) : {};
const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);
const isText = (value: unknown): value is string => typeof value === "string" && value !== "";

/** The validation figure beside its baseline, as a sentence that also says when the model loses. */
export function verdict(facts: Facts): string | undefined {
  const own = record(facts["validation"]);
  if (isText(own["measure"]) && isNumber(own["value"])) {
    const { name, value } = record(own["baseline"]);
    const beside = isText(name) && isNumber(value) ? `; ${name}: ${rounded(value)}` : "";
    return `${rounded(own["value"])}: ${own["measure"]}${beside}.`;
  }
  const loss = record(facts["training"])["validationLoss"];
  const { bigram: pairs, kneserNey } = record(facts["baseline"]);
  const { order, loss: counting, counted } = record(kneserNey);
  const { training } = record(facts["split"]);
  if (!isNumber(loss)) return undefined;
  const unit = facts["level"] === "word" ? "word" : "character";
  const figure = `${loss.toFixed(3)} nats a ${unit} on text it was not trained on`;
  if (!isNumber(pairs)) return `${figure}.`;
  const percent = Math.abs(Math.round((1 - loss / pairs) * 100));
  const comparison = loss < pairs ? `${percent} % better than` : `${percent} % worse than`;
  const beside = isNumber(order) && isNumber(counting) ? `, ${besideCounting(loss, { order, loss: counting })}` : "";
  const isPart = isNumber(counted) && isNumber(training) && counted < training;
  const part = isPart && beside !== "" ? `, those of the last ${whole(counted)}` : "";
  return `${figure}: ${comparison} counting pairs of ${unit}s (${pairs.toFixed(3)})${beside}${part}.`;
}

const rounded = (value: number): string => String(Math.round(value * 1e4) / 1e4);

/** Names and values for the card. */
export function trainingFacts(facts: Facts): [string, string][] {
  const all: [string, string][] = [];
  if (isText(facts["task"])) all.push(["task", facts["task"]]);
  const data = record(facts["data"]);
  if (isText(data["name"])) {
    const unit = ["words", "characters"].find((one) => isNumber(data[one]));
    const size = unit === undefined ? "" : `, ${whole(data[unit] as number)} ${unit}`;
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
