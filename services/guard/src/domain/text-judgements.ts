import type { TextForm } from "@sluice/dialects/text-channels";
import type { DecisionTally } from "./decision-tally.ts";
import { JsonText } from "./json-text.ts";
import { beginJudgement, type PlannedJudgement } from "./scan-plan.ts";
import type { TextJudge } from "./text-judge.ts";

/**
 * Rules that judge one text as a whole, which arrives in pieces. Each sort of judgement is made once, however many
 * policies ask for it, and counts once for each of them.
 */
export class TextJudgements {
  readonly #rules: readonly PlannedJudgement[];
  readonly #tally: DecisionTally;
  readonly #json: JsonText | undefined;
  readonly #judges = new Map<PlannedJudgement["kind"], TextJudge>();

  /** @param form `json` reads the escapes of JSON strings before the text is judged */
  constructor(rules: readonly PlannedJudgement[], form: TextForm, tally: DecisionTally) {
    this.#rules = rules;
    this.#tally = tally;
    this.#json = form === "json" ? new JsonText() : undefined;
    for (const { kind } of rules) {
      if (!this.#judges.has(kind)) this.#judges.set(kind, beginJudgement(kind));
    }
  }

  write(piece: string): void {
    this.#pass(this.#json === undefined ? piece : this.#json.write(piece, false));
  }

  /** The text is whole: counts what it was judged to be. */
  finish(): void {
    if (this.#json !== undefined) this.#pass(this.#json.write("", true));
    for (const [kind, judge] of this.#judges) {
      if (!judge.finish()) continue;
      for (const rule of this.#rules) {
        if (rule.kind === kind) this.#tally.count({ rule, kind });
      }
    }
  }

  #pass(text: string): void {
    for (const judge of this.#judges.values()) {
      if (!judge.isCertain) judge.write(text);
    }
  }
}
