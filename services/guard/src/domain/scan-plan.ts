import {
  type GuardAction,
  type GuardPolicy,
  type GuardRule,
  isJudgeName,
  type JudgeName,
} from "@sluice/resources/guard-policy";
import { compileLinearPattern } from "@sluice/resources/linear-pattern";
import type { Detector } from "./detector.ts";
import { creditCardDetector } from "./detectors/credit-card.ts";
import { customPatternDetector } from "./detectors/custom-pattern.ts";
import { emailDetector } from "./detectors/email.ts";
import { ibanDetector } from "./detectors/iban.ts";
import { ipAddressDetector } from "./detectors/ip-address.ts";
import { phoneDetector } from "./detectors/phone.ts";
import { privateKeyDetector } from "./detectors/private-key.ts";
import { secretsDetector } from "./detectors/secrets.ts";
import { usSsnDetector } from "./detectors/us-ssn.ts";
import { InjectionJudge } from "./injection/injection-judge.ts";
import type { TextJudge } from "./text-judge.ts";

/** A rule ready to be run. */
export interface PlannedRule {
  /** Policy that the rule belongs to. */
  policy: string;
  action: GuardAction;
  detector: Detector;
  /** Text in place of what is masked, by the kind of what was found. */
  replacement(kind: string): string;
  /** Which of two rules decides about one and the same place: the higher. */
  precedence: number;
}

/** A rule that judges whole texts, ready to be asked. */
export interface PlannedJudgement {
  /** Policy that the rule belongs to. */
  policy: string;
  action: GuardAction;
  kind: JudgeName;
}

/** The rules of one direction, of all policies of a model, ready to be run over texts. */
export interface ScanPlan {
  rules: readonly PlannedRule[];
  /** Rules of prompts that judge whole texts. */
  judgements: readonly PlannedJudgement[];
}

/** From the most general form to the most specific; a pattern of the administrator stands above all. */
const precedences = ["phone", "email", "ip_address", "us_ssn", "credit_card", "iban", "secrets"] as const;

/** @param policies the policies of a model with their names */
export function planScan(
  policies: Iterable<readonly [name: string, policy: GuardPolicy]>,
  direction: "prompt" | "reply",
): ScanPlan {
  const rules: PlannedRule[] = [];
  const judgements: PlannedJudgement[] = [];
  for (const [policy, definition] of policies) {
    for (const rule of definition[direction]) {
      if (isJudgeName(rule.detector)) {
        judgements.push({ policy, action: rule.action, kind: rule.detector });
        continue;
      }
      const precedence =
        rule.detector === undefined ? precedences.length : precedences.indexOf(rule.detector);
      for (const detector of detectorsOf(rule, definition.phoneRegion)) {
        rules.push({
          policy,
          action: rule.action,
          detector,
          replacement: (kind) => rule.replacement ?? `[${kind.toUpperCase()}]`,
          precedence,
        });
      }
    }
  }
  return { rules, judgements };
}

function detectorsOf(rule: GuardRule, phoneRegion: string | undefined): Detector[] {
  if (rule.pattern !== undefined) {
    return [customPatternDetector(rule.name ?? "pattern", compileLinearPattern(rule.pattern))];
  }
  switch (rule.detector) {
    case "email":
      return [emailDetector()];
    case "phone":
      return [phoneDetector(phoneRegion)];
    case "us_ssn":
      return [usSsnDetector()];
    case "credit_card":
      return [creditCardDetector()];
    case "iban":
      return [ibanDetector()];
    case "ip_address":
      return [ipAddressDetector()];
    case "secrets":
      return [secretsDetector(), privateKeyDetector()];
    case "prompt_injection":
      throw new Error("a detector that judges whole texts finds no values");
    case undefined:
      throw new Error("a rule has neither a detector nor a pattern");
  }
}

/** Begins to judge a text. */
export function beginJudgement(kind: JudgeName): TextJudge {
  switch (kind) {
    case "prompt_injection":
      return new InjectionJudge();
  }
}
