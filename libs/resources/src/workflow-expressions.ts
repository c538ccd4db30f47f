import { templateReads } from "@sluice/templates/template-reads";
import { type Condition, conditionCompiler } from "./condition.ts";

/** What the templates and conditions of a workflow's steps read. */
export const workflowVariables = {
  /** Of the client's request. */
  input: ["text", "messages"],
  /** Of a step that is done; `json` where it answers in JSON. */
  steps: ["output", "json"],
} as const;

const compileConditionOf = conditionCompiler(Object.keys(workflowVariables));

/** @throws ConditionError */
export function compileWorkflowCondition(source: string): Condition {
  return compileConditionOf(source);
}

/** The steps that reads name. */
export function stepsRead(reads: readonly (readonly (string | undefined)[])[]): string[] {
  return [...new Set(reads.flatMap(([variable, step]) => (variable === "steps" && step ? [step] : [])))];
}

/** The steps that a template reads. @throws TemplateError */
export function stepsOfTemplate(source: string): string[] {
  return stepsRead(templateReads(source));
}

/** The steps that a condition reads; none where there is no condition. @throws ConditionError */
export function stepsOfCondition(source: string | undefined): string[] {
  return source === undefined ? [] : stepsRead(compileWorkflowCondition(source).reads);
}
