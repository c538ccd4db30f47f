import type { PromptChoice } from "@sluice/contracts/prompt-choice";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { closestName } from "./closest-name.ts";
import { defaultPromptLabel, type PromptTemplate, type PromptVersion } from "./prompt-template.ts";
import type { Snapshot } from "./snapshot.ts";
import { weightedScore } from "./weighted-score.ts";

/** The version of a prompt template that a request gets. */
export interface ChosenPrompt {
  template: PromptTemplate;
  version: PromptVersion;
  /** What the version is called. */
  versionName: string;
}

/** Longest piece of a client's text that a message repeats. */
const quotedCharacters = 100;
/** Most names that a message lists. */
const listedNames = 20;

/**
 * The version that a request gets: the one it names, or one of those that its label stands for.
 * @param seed what the choice among several versions depends on, besides the template: the same text, the same version
 * @throws SluiceError `invalid_request` that names what there is not
 */
export function choosePrompt(
  snapshot: Pick<Snapshot, "promptTemplates">,
  choice: PromptChoice,
  seed: string,
): ChosenPrompt {
  const template = promptTemplateNamed(snapshot, choice.template);
  const versionName = choice.version ?? versionOfLabel(template, choice, seed);
  const version = ownValue(template.versions, versionName);
  if (version !== undefined) return { template, version, versionName };
  const names = Object.keys(template.versions);
  throw refusal(
    `The prompt template ${choice.template} has no version ${quote(versionName)}`,
    "version",
    names,
  );
}

/** @throws SluiceError `invalid_request` where there is no such template */
export function promptTemplateNamed(
  { promptTemplates }: Pick<Snapshot, "promptTemplates">,
  name: string,
): PromptTemplate {
  const template = ownValue(promptTemplates, name);
  if (template !== undefined) return template;
  const closest = closestName(name.slice(0, quotedCharacters), Object.keys(promptTemplates));
  const hint = closest === undefined ? "" : ` Did you mean ${JSON.stringify(closest)}?`;
  throw new SluiceError("invalid_request", `There is no prompt template ${quote(name)}.${hint}`, {
    parameter: "prompt.id",
  });
}

function versionOfLabel(
  template: PromptTemplate,
  { template: name, label }: PromptChoice,
  seed: string,
): string {
  const targets = ownValue(template.labels, label ?? defaultPromptLabel);
  if (targets !== undefined) return pickWeighted(name, targets, seed);
  const names = Object.keys(template.labels);
  if (label !== undefined) {
    throw refusal(`The prompt template ${name} has no label ${quote(label)}`, "label", names);
  }
  const text = `The prompt template ${name} has no label ${defaultPromptLabel}, so a request must name a label or a version`;
  throw refusal(text, "label", names);
}

/** Picks a version by weight: the same for the same seed, whoever asks. */
export function pickWeighted(
  template: string,
  targets: readonly { version: string; weight: number }[],
  seed: string,
): string {
  let picked = { version: targets[0]?.version ?? "", score: -1 };
  if (targets.length === 1) return picked.version;
  for (const { version, weight } of targets) {
    const score = weightedScore(`${template}\0${version}`, weight, seed);
    if (score > picked.score) picked = { version, score };
  }
  return picked.version;
}

/** Of names that clients make up: `constructor` is a field of every object. */
function ownValue<Value>(record: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

function refusal(text: string, field: string, known: readonly string[]): SluiceError {
  const more = known.length > listedNames ? ", …" : "";
  const list = known.length === 0 ? "" : `, only: ${known.slice(0, listedNames).join(", ")}${more}`;
  return new SluiceError("invalid_request", `${text}${list}.`, { parameter: `prompt.${field}` });
}

function quote(name: string): string {
  return JSON.stringify(name.length > quotedCharacters ? `${name.slice(0, quotedCharacters)}…` : name);
}
