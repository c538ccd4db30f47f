import { TemplateError } from "@sluice/templates/template-error";
import { templateReads } from "@sluice/templates/template-reads";
import { CelError } from "./cel/cel-error.ts";
import { suggestion } from "./schema-problems.ts";
import { compileWorkflowCondition, stepsRead, workflowVariables } from "./workflow-expressions.ts";

/** Something wrong with a workflow, by its place in the `spec`. */
export interface WorkflowProblem {
  path: (string | number)[];
  message: string;
}

/** As much of a step as the others have to do with. */
interface StepFacts {
  name: string;
  when?: string | undefined;
  choose?: readonly { when?: string | undefined }[] | undefined;
  template?: string | undefined;
  messages?: readonly { content?: string | undefined }[] | undefined;
  responseFormat?: unknown;
}

type Read = readonly (string | undefined)[];

/** A template or condition of a step. */
interface Expression {
  path: (string | number)[];
  kind: "template" | "condition";
  source: string;
}

/**
 * What is wrong between the steps of a workflow: names that stand there twice, values that nobody has by then, and
 * steps or choices that would be there for nothing.
 */
export function workflowProblems({ steps }: { steps: readonly StepFacts[] }): WorkflowProblem[] {
  const problems: WorkflowProblem[] = [];
  const read = new Set<string>();
  for (const [index, step] of steps.entries()) {
    const path = ["steps", index];
    if (steps.findIndex(({ name }) => name === step.name) < index) {
      problems.push({
        path: [...path, "name"],
        message: `a step before it has the name ${step.name} already`,
      });
    }
    for (const expression of expressionsOf(step, path)) {
      const judged = judge(expression, steps, index);
      for (const message of judged.messages) problems.push({ path: expression.path, message });
      for (const name of judged.steps) read.add(name);
    }
    problems.push(...choiceProblems(step, path));
  }
  // Where a name is wrong, whose output is read is not known yet.
  return problems.length > 0 ? problems : idleProblems(steps, read);
}

function expressionsOf(step: StepFacts, path: (string | number)[]): Expression[] {
  const condition = (source: string | undefined, place: (string | number)[]): Expression[] =>
    source === undefined ? [] : [{ path: [...path, ...place], kind: "condition", source }];
  const template = (source: string | undefined, place: (string | number)[]): Expression[] =>
    source === undefined ? [] : [{ path: [...path, ...place], kind: "template", source }];
  return [
    ...condition(step.when, ["when"]),
    ...(step.choose ?? []).flatMap(({ when }, index) => condition(when, ["choose", index, "when"])),
    ...template(step.template, ["template"]),
    ...(step.messages ?? []).flatMap(({ content }, index) =>
      template(content, ["messages", index, "content"]),
    ),
  ];
}

function judge(
  { kind, source }: Expression,
  steps: readonly StepFacts[],
  index: number,
): { messages: string[]; steps: string[] } {
  try {
    const reads: readonly Read[] =
      kind === "template" ? templateReads(source) : compileWorkflowCondition(source).reads;
    const messages = reads.flatMap((read) => readProblem(read, kind, steps, index) ?? []);
    return { messages: [...new Set(messages)], steps: stepsRead(reads) };
  } catch (error) {
    if (!(error instanceof TemplateError || error instanceof CelError)) throw error;
    return { messages: [`the ${kind} is refused: ${error.message}`], steps: [] };
  }
}

function readProblem(
  [variable, name, field]: Read,
  kind: Expression["kind"],
  steps: readonly StepFacts[],
  index: number,
): string | undefined {
  switch (variable) {
    case "input":
      return name === undefined || isOneOf(name, workflowVariables.input)
        ? undefined
        : `input has no ${name}${suggestion(name, workflowVariables.input)}`;
    case "steps":
      return stepProblem(name, field, steps, index);
    default:
      // Names that a condition binds itself, as in `exists(m, …)`; all others it is refused for.
      if (kind === "condition") return undefined;
      return `there is no value ${variable}, only input and steps${suggestion(variable ?? "", ["input", "steps"])}`;
  }
}

function stepProblem(
  name: string | undefined,
  field: string | undefined,
  steps: readonly StepFacts[],
  index: number,
): string | undefined {
  if (name === undefined) return "which step is meant must stand there, as in steps.NAME.output";
  const position = steps.findIndex((step) => step.name === name);
  const step = steps[position];
  if (step === undefined) {
    const before = steps.slice(0, index).map((each) => each.name);
    return `there is no step ${name}${suggestion(name, before)}`;
  }
  if (position === index) return `the step ${name} can't read what it gives itself`;
  if (position > index) return `the step ${name} stands after this one; a step reads what stands before it`;
  if (field === undefined) return undefined;
  if (!isOneOf(field, workflowVariables.steps)) {
    return `a step has no ${field}, only output and json${suggestion(field, workflowVariables.steps)}`;
  }
  if (field === "json" && step.responseFormat === undefined) {
    return `the step ${name} does not answer in JSON: give it responseFormat: { type: json }`;
  }
  return undefined;
}

/** The first choice that fits is taken: one without a condition is the last, and there is one. */
function choiceProblems({ choose = [] }: StepFacts, path: (string | number)[]): WorkflowProblem[] {
  return choose.flatMap(({ when }, index): WorkflowProblem[] => {
    const isLast = index === choose.length - 1;
    if (isLast === (when === undefined)) return [];
    const message = isLast
      ? "the last choice must have no condition: it is for when no other holds"
      : "the choices after this one are never reached: give it a condition, or make it the last";
    return [{ path: [...path, "choose", index, ...(isLast ? ["when"] : [])], message }];
  });
}

/** A step whose output nobody reads and that can't be the reply would only cost. */
function idleProblems(steps: readonly StepFacts[], read: ReadonlySet<string>): WorkflowProblem[] {
  const lastSure = steps.findLastIndex(({ when }) => when === undefined);
  if (steps.length === 0) return [];
  if (lastSure === -1) {
    return [
      { path: ["steps"], message: "one step at least must have no condition, so that there is a reply" },
    ];
  }
  return steps.flatMap(({ name }, index): WorkflowProblem[] => {
    if (index >= lastSure || read.has(name)) return [];
    return [
      { path: ["steps", index], message: `the step ${name} is for nothing: no later step reads its output` },
    ];
  });
}

function isOneOf(name: string, names: readonly string[]): boolean {
  return names.includes(name);
}
