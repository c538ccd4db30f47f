import type { Identity } from "@sluice/contracts/identity";
import { describeModelTarget } from "../describe-target.ts";
import type { ExplainedRequest } from "../explain-request.ts";
import { findTarget, type ModelTarget, targetChosen } from "../find-target.ts";
import { matchRequest } from "../match-request.ts";
import type { Snapshot } from "../snapshot.ts";
import type { VirtualKey } from "../virtual-key.ts";
import { type ChoosingFacts, chooseModel, type ModelChoice } from "./choose-model.ts";
import { type ModelChooser, unknownIntent } from "./model-choice.ts";
import type { PromptValue } from "./prompt-facts.ts";
import { askedModelOf, choosingFacts } from "./request-facts.ts";

/**
 * Says which model a model leads to by what a request is, and by which facts, one line for each choice on the way.
 * @param body text of the request's body; undefined where it is not known
 * @param key of the client; undefined for none
 * @returns nothing for a request whose model leads to no others
 */
export async function explainChoice(
  snapshot: Snapshot,
  request: ExplainedRequest,
  body: string | undefined,
  key: VirtualKey | undefined,
): Promise<string[]> {
  const { method, host, path, headers, listener } = request;
  const url = new URL(path, "http://gateway");
  const match = matchRequest(snapshot, method, url, { ...headers, host }, listener);
  if (match === undefined) return [];
  const { endpoint, routed } = match;
  const model = endpoint.model ?? request.model;
  const route = routed?.route;
  const asked = findTarget(snapshot, { model, ...(route === undefined ? {} : { route: route.name }) });
  if (asked?.type !== "model" || asked.chooser === undefined) return [];
  if (body === undefined) return ["by what the request is: give its body with -d"];
  const facts = choosingFacts(
    {
      dialect: endpoint.dialect,
      operation: endpoint.operation,
      model,
      route: route?.name,
      identity: identityOf(key),
      choosing: { method, path: url.pathname, host, source: "", headers: { ...headers }, ...consumerOf(key) },
    },
    body,
  );
  return await describeWay(snapshot, asked, askedModelOf({ model }, route), facts);
}

async function describeWay(
  snapshot: Snapshot,
  asked: ModelTarget,
  model: string,
  facts: ChoosingFacts,
): Promise<string[]> {
  const lines: string[] = [];
  let found = asked;
  let name = model;
  while (found.chooser !== undefined) {
    const { chooser } = found;
    let isAsked = false;
    const choice = await chooseModel(chooser, facts, () => {
      isAsked = true;
      return Promise.resolve(unknownIntent);
    });
    if (isAsked) return [...lines, await describeByIntent(chooser, facts, choice)];
    const { chosen } = choice;
    if (chosen === undefined)
      return [...lines, `none: no condition holds, and there is no default${since(choice)}`];
    const why = chosen.when === undefined ? "no condition before it holds" : chosen.when;
    name = chosen.model;
    found = targetChosen(snapshot, found, name);
    const goesTo = found.chooser === undefined ? `, which goes to ${describeModelTarget(found)}` : "";
    lines.push(`${name} (choose[${chosen.number}]: ${why})${since(choice)}${goesTo}`);
  }
  return lines;
}

/** Which model each answer leads to, since nobody is asked here. */
async function describeByIntent(
  chooser: ModelChooser,
  facts: ChoosingFacts,
  { facts: { intent: _assumed, ...known }, unjudged }: ModelChoice,
): Promise<string> {
  const byModel = new Map<string, string[]>();
  for (const intent of [...Object.keys(chooser.intents?.of ?? {}), unknownIntent]) {
    const { chosen } = await chooseModel(chooser, facts, () => Promise.resolve(intent));
    const model = chosen?.model ?? "none";
    byModel.set(model, [...(byModel.get(model) ?? []), intent]);
  }
  const ways = [...byModel].map(([model, intents]) => `${intents.join(" or ")} leads to ${model}`);
  const asked = `by the intent, which ${chooser.intents?.model} is asked for: ${ways.join(", ")}`;
  return asked + since({ facts: known, unjudged });
}

/** The facts of the prompt that it depends on; of texts their length. */
function since({ facts, unjudged }: Pick<ModelChoice, "facts" | "unjudged">): string {
  const known = Object.entries(facts).map(
    ([fact, value]) => `prompt.${fact} is ${describeValue(fact, value)}`,
  );
  const unknown = unjudged.map(({ number, reason }) =>
    reason === "no_such_key"
      ? `choose[${number}] reads what is not there`
      : `choose[${number}] can't be judged (${reason})`,
  );
  const all = [...known, ...unknown];
  return all.length === 0 ? "" : `; ${all.join(", ")}`;
}

function describeValue(fact: string, value: PromptValue): string {
  if (typeof value !== "string") return String(value);
  return ["text", "conversation", "system"].includes(fact)
    ? `${value.length} characters`
    : JSON.stringify(value);
}

function identityOf(key: VirtualKey | undefined): Identity {
  const { id: keyId = "", user, team, application, department, tags = [] } = key ?? {};
  return {
    keyId,
    tags,
    ...(user === undefined ? {} : { user }),
    ...(team === undefined ? {} : { team }),
    ...(application === undefined ? {} : { application }),
    ...(department === undefined ? {} : { department }),
  };
}

function consumerOf(key: VirtualKey | undefined): { consumer?: string } {
  return key?.consumer === undefined ? {} : { consumer: key.consumer };
}
