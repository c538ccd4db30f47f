import { z } from "zod";
import { type Behaviour, ordinary, readBehaviour } from "./behaviour.ts";
import { takeDirectives } from "./directives.ts";
import { ProviderError } from "./provider-error.ts";

/**
 * What a call is to be given: the fault of a rule, and over it what the prompt's directives say.
 * @param text Where directives are looked for.
 * @returns the text without them, and the behaviour
 * @throws ProviderError (400) naming a directive that is unknown or has no fitting value
 */
export function chooseBehaviour(text: string, fault: Behaviour): { text: string; behaviour: Behaviour } {
  const directed = takeDirectives(text);
  if (directed === undefined) return { text, behaviour: fault };
  try {
    const behaviour = readBehaviour(directed.values);
    return { text: directed.text, behaviour: fault === ordinary ? behaviour : { ...fault, ...behaviour } };
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    throw new ProviderError(400, `A directive of the simulator cannot be read. ${z.prettifyError(error)}`);
  }
}
