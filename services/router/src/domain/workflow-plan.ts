import type { ModelStep, TemplateStep, Workflow } from "@sluice/resources/workflow";
import { compileWorkflowCondition, type WorkflowCondition } from "@sluice/resources/workflow-expressions";
import { compileTextTemplate, type TextTemplate } from "@sluice/templates/compile-text-template";

/** What the expressions of a workflow's steps read. */
export interface WorkflowValues extends Record<string, unknown> {
  input: InputValues;
  /** Of the steps that are done; those that were left out are not there. */
  steps: Readonly<Record<string, StepValues>>;
}

export interface InputValues {
  /** Text of the client's last message of its user. */
  text: string;
  messages: readonly { role: string; content: string }[];
}

export interface StepValues {
  output: string;
  /** Where the step answers in JSON. */
  json?: unknown;
}

/** A message for a model: one by a template, or all of the client's. */
export type PlannedMessage = "input" | { role: "system" | "user" | "assistant"; content: TextTemplate };

export interface PlannedModelStep {
  type: "model";
  step: ModelStep;
  when: WorkflowCondition | undefined;
  /** Conditions of its choices, in their order. */
  choices: readonly (WorkflowCondition | undefined)[];
  messages: readonly PlannedMessage[];
}

export interface PlannedTemplateStep {
  type: "template";
  step: TemplateStep;
  when: WorkflowCondition | undefined;
  template: TextTemplate;
}

/** A step with its expressions compiled. */
export type PlannedStep = PlannedModelStep | PlannedTemplateStep;

const plans = new WeakMap<Workflow, readonly PlannedStep[]>();

/** The steps of a workflow; compiled once for each revision of the configuration. */
export function planWorkflow(workflow: Workflow): readonly PlannedStep[] {
  let plan = plans.get(workflow);
  if (plan === undefined) {
    plan = workflow.steps.map(planStep);
    plans.set(workflow, plan);
  }
  return plan;
}

function planStep(step: Workflow["steps"][number]): PlannedStep {
  const when = conditionOf(step.when);
  if (step.type === "template") {
    return { type: "template", step, when, template: compileTextTemplate(step.template) };
  }
  return {
    type: "model",
    step,
    when,
    choices: step.choices.map((choice) => conditionOf(choice.when)),
    messages: step.messages.map((message) =>
      "from" in message
        ? message.from
        : { role: message.role, content: compileTextTemplate(message.content) },
    ),
  };
}

function conditionOf(source: string | undefined): WorkflowCondition | undefined {
  return source === undefined ? undefined : compileWorkflowCondition(source);
}
