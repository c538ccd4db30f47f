import { z } from "zod";
import { type Behaviour, ordinary, readBehaviour } from "../behaviour.ts";
import { type ProviderName, providerNameSchema } from "../provider-name.ts";
import { seededRandom } from "../text-hash.ts";

/** A rule of `POST /control/faults`. */
export const faultRuleSchema = z.strictObject({
  /** All that are given must hold; without any, every call matches. */
  match: z
    .strictObject({
      provider: providerNameSchema.optional(),
      model: z.string().optional(),
      /** The whole path, or its beginning when it ends with `*`. */
      path: z.string().optional(),
    })
    .default({}),
  /** Calls that the rule applies to before it is used up. @default without end */
  times: z.int().min(1).optional(),
  /** Share of the matching calls that the rule applies to. @default 1 */
  probability: z.number().min(0).max(1).default(1),
  /** Makes the choice of calls the same in each run. @default 1 */
  seed: z.int().default(1),
  /** The keys of the directives. */
  fault: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).transform((fault, context) => {
    try {
      return readBehaviour(fault);
    } catch (error) {
      const message = error instanceof z.ZodError ? z.prettifyError(error) : "cannot be read";
      context.addIssue({ code: "custom", message });
      return z.NEVER;
    }
  }),
});
export type FaultRule = z.infer<typeof faultRuleSchema>;

interface LiveRule {
  rule: FaultRule;
  random: () => number;
  applied: number;
}

/** The rules in force, in the order in which they were given. */
export class FaultRules {
  #rules: LiveRule[] = [];

  add(rule: FaultRule): void {
    this.#rules.push({ rule, random: seededRandom(rule.seed), applied: 0 });
  }

  clear(): void {
    this.#rules = [];
  }

  list(): { match: FaultRule["match"]; fault: Behaviour; times: number | undefined; applied: number }[] {
    return this.#rules.map(({ rule, applied }) => ({
      match: rule.match,
      fault: rule.fault,
      times: rule.times,
      applied,
    }));
  }

  /** The fault of the first rule that applies to a call. */
  apply(provider: ProviderName, model: string, path: string): Behaviour {
    if (this.#rules.length === 0) return ordinary;
    for (const live of this.#rules) {
      const { rule } = live;
      if (rule.times !== undefined && live.applied >= rule.times) continue;
      if (!matches(rule.match, provider, model, path)) continue;
      if (live.random() >= rule.probability) continue;
      live.applied += 1;
      return rule.fault;
    }
    return ordinary;
  }
}

function matches(match: FaultRule["match"], provider: ProviderName, model: string, path: string): boolean {
  if (match.provider !== undefined && match.provider !== provider) return false;
  if (match.model !== undefined && match.model !== model) return false;
  if (match.path === undefined) return true;
  return match.path.endsWith("*") ? path.startsWith(match.path.slice(0, -1)) : path === match.path;
}
