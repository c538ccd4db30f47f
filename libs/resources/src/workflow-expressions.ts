import { templateReads } from "@sluice/templates/template-reads";
import { type CelExpression, celCompiler } from "./cel/compile-cel.ts";

/** What the templates and conditions of a workflow's steps read. */
export const workflowVariables = {
  /** Of the client's request. */
  input: ["text", "messages"],
  /** Of a step that is done; `json` where it answers in JSON. */
  steps: ["output", "json"],
} as const;

/** A condition of a step, over JSON values by name. */
export type WorkflowCondition = CelExpression<Readonly<Record<string, unknown>>>;

/** @throws CelError */
export const compileWorkflowCondition: (source: string) => WorkflowCondition = celCompiler({
  variables: { input: "map", steps: "map" },
});

/** The steps that reads name. */
export function stepsRead(reads: readonly (readonly (string | undefined)[])[]): string[] {
  return [...new Set(reads.flatMap(([variable, step]) => (variable === "steps" && step ? [step] : [])))];
}

/** The steps that a template reads. @throws TemplateError */
export function stepsOfTemplate(source: string): string[] {
  return stepsRead(templateReads(source));
}

/** The steps that a condition reads; none where there is no condition. @throws CelError */
export function stepsOfCondition(source: string | undefined): string[] {
  return source === undefined ? [] : stepsRead(compileWorkflowCondition(source).reads);
}
