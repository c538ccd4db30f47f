import { CelError } from "../cel/cel-error.ts";
import { type ChoiceCondition, type ChoiceFacts, compileChoiceCondition } from "./choice-condition.ts";
import type { ModelChooser } from "./model-choice.ts";
import type { PromptFact, PromptFacts, PromptValue } from "./prompt-facts.ts";

/** What a choice is made by. */
export interface ChoosingFacts extends Omit<ChoiceFacts, "prompt"> {
  prompt: PromptFacts;
}

/** A condition that could not be said to be true or false, which counts as one that does not hold. */
export interface UnjudgedChoice {
  /** Which of the choices, from 0. */
  number: number;
  /** In a word, such as `no_such_key`. */
  reason: string;
}

/** Which model was chosen, and what is known by then. */
export interface ModelChoice {
  /** Undefined where no condition holds and no choice is without one. */
  chosen: { number: number; model: string; when?: string | undefined } | undefined;
  /** The facts of the prompt that were found out for it. */
  facts: Partial<Record<PromptFact, PromptValue>>;
  unjudged: UnjudgedChoice[];
}

const compiled = new WeakMap<ModelChooser, (ChoiceCondition | undefined)[]>();

/** The conditions of its choices; compiled once for each revision of the configuration. */
function conditionsOf(chooser: ModelChooser): (ChoiceCondition | undefined)[] {
  let conditions = compiled.get(chooser);
  if (conditions === undefined) {
    conditions = chooser.choices.map(({ when }) =>
      when === undefined ? undefined : compileChoiceCondition(when),
    );
    compiled.set(chooser, conditions);
  }
  return conditions;
}

/**
 * Finds the first choice whose condition holds. Facts of the prompt are found out for the conditions that come to be
 * judged; the intent is asked for once, and only where a condition can't be judged without it.
 * @param askIntent says what the prompt is about
 * @throws what `askIntent` throws
 */
export async function chooseModel(
  chooser: ModelChooser,
  { prompt, identity, request }: ChoosingFacts,
  askIntent: () => Promise<string>,
): Promise<ModelChoice> {
  const facts: ModelChoice["facts"] = {};
  const unjudged: UnjudgedChoice[] = [];
  const judge = async (condition: ChoiceCondition): Promise<boolean | CelError> => {
    Object.assign(facts, await prompt.take(condition.promptFacts));
    const verdict = verdictOf(condition, { prompt: facts, identity, request });
    const lacksIntent = condition.promptFacts.includes("intent") && facts.intent === undefined;
    if (!lacksIntent || typeof verdict === "boolean") return verdict;
    facts.intent = await askIntent();
    return verdictOf(condition, { prompt: facts, identity, request });
  };
  for (const [number, condition] of conditionsOf(chooser).entries()) {
    const verdict = condition === undefined ? true : await judge(condition);
    const choice = chooser.choices[number];
    if (verdict === true && choice !== undefined) return { chosen: { number, ...choice }, facts, unjudged };
    if (typeof verdict !== "boolean") unjudged.push({ number, reason: verdict.code });
  }
  return { chosen: undefined, facts, unjudged };
}

function verdictOf(condition: ChoiceCondition, facts: ChoiceFacts): boolean | CelError {
  try {
    return condition.holds(facts);
  } catch (error) {
    if (error instanceof CelError) return error;
    throw error;
  }
}
