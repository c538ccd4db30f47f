import { SluiceError } from "@sluice/contracts/sluice-error";
import { chooseModel, type UnjudgedChoice } from "@sluice/resources/choosing/choose-model";
import type { ModelChooser } from "@sluice/resources/choosing/model-choice";
import { askedModelOf, choosingFacts } from "@sluice/resources/choosing/request-facts";
import { type ModelTarget, targetChosen } from "@sluice/resources/find-target";
import { askIntent } from "./ask-intent.ts";
import type { RouteStep } from "./route-step.ts";
import { takeLeave } from "./take-leave.ts";

/** Who answers a request. */
export interface ChosenTarget {
  found: ModelTarget;
  /** Whether the origin's leave was needed, and so was taken, to find that out. */
  hasLeave: boolean;
}

/** Conditions of which it was said that they can't be judged; each once in a revision. */
const told = new WeakMap<ModelChooser, Set<number>>();

/**
 * Finds the model that a model leads to by what the request is, until it is one that leads to providers. Where somebody
 * has to be asked what the prompt is about, the origin's leave is taken before, so that one delivery only asks.
 * @param body text of the client's body
 * @throws SluiceError `model_not_found` where no choice fits, `service_unavailable` for a model that is closed
 */
export async function chooseTarget(step: RouteStep, asked: ModelTarget, body: string): Promise<ChosenTarget> {
  const { delivery, envelope, snapshot, reservation } = step;
  let found = asked;
  let hasLeave = false;
  if (asked.chooser === undefined) return { found, hasLeave };
  const facts = choosingFacts(envelope, body);
  let name = askedModelOf(envelope, asked.route);
  while (found.chooser !== undefined) {
    const { chooser } = found;
    const { chosen, unjudged } = await chooseModel(chooser, facts, async () => {
      const { intents } = chooser;
      if (intents === undefined) throw new Error(`${name} chooses by an intent that nobody is asked for`);
      if (!hasLeave) {
        const repeatable = asked.lostCall === "repeat" && !envelope.stream;
        await takeLeave(delivery, undefined, { repeatable, reservation });
        hasLeave = true;
      }
      return await askIntent(step, name, intents, facts.prompt.text);
    });
    for (const one of unjudged) tell(step, name, chooser, one);
    if (chosen === undefined) {
      const text = `None of the choices of the model ${name} fits the request, and it has no default.`;
      throw new SluiceError("model_not_found", text, { parameter: "model" });
    }
    name = chosen.model;
    found = targetChosen(snapshot, found, name);
  }
  return { found, hasLeave };
}

/** A value that is not there is no fault: of headers one knows no more than that. */
function tell({ parts }: RouteStep, model: string, chooser: ModelChooser, unjudged: UnjudgedChoice): void {
  const { number, reason } = unjudged;
  if (reason === "no_such_key") return;
  const numbers = told.get(chooser) ?? new Set<number>();
  told.set(chooser, numbers);
  if (numbers.has(number)) return;
  numbers.add(number);
  const text =
    "a condition of a choice can't be said to be true or false of a request, and is taken for false";
  parts.logger.warn({ model, choice: number, reason }, text);
}
