import { limitsOfPolicy } from "./compile-limit.ts";
import { guardPolicyName } from "./compile-policies.ts";
import type { Reference } from "./kinds/metadata.ts";
import type { StepSpec } from "./kinds/workflow.ts";
import { missingSecret } from "./missing-secret.ts";
import { NamePatternIndex } from "./name-pattern.ts";
import { qualifiedName, type Resource } from "./resource.ts";
import type { ResourceSet } from "./resource-set.ts";
import { suggestion } from "./schema-problems.ts";
import type { Backend, ModelRoute } from "./snapshot.ts";
import type { ModelStep, StepChoice, StepMessage, Workflow } from "./workflow.ts";
import { stepsOfCondition, stepsOfTemplate } from "./workflow-expressions.ts";

/** What the steps of workflows may ask. */
export interface StepModels {
  models: readonly ModelRoute[];
  backends: Readonly<Record<string, Backend>>;
}

type WorkflowResource = Resource<"Workflow">;

/**
 * Turns workflows into what the services read. A model or a policy that is not there closes the workflow and is a
 * warning; a name that two things have is a problem.
 */
export function compileWorkflows(
  set: ResourceSet,
  { models, backends }: StepModels,
): Record<string, Workflow> {
  const byModel = new Map<string, WorkflowResource>();
  for (const resource of set.all("Workflow")) {
    const model = modelOf(resource);
    const other = byModel.get(model);
    if (other !== undefined) {
      const name = qualifiedName(other.metadata);
      set.refuse(resource, model, `the workflow ${name} is asked for by the model name ${model} already`);
    } else if (models.some(({ name }) => name === model)) {
      set.refuse(
        resource,
        model,
        `there is a model ${model} already; give the workflow another name in model`,
      );
    } else byModel.set(model, resource);
  }
  const index = new NamePatternIndex(models.map(({ name }) => [name, true]));
  const compiled = set.all("Workflow").map((resource): [string, Workflow] => {
    const compiler = new WorkflowCompiler(set, resource, { index, models, backends, byModel });
    return [qualifiedName(resource.metadata), compiler.compile()];
  });
  return Object.fromEntries(compiled);
}

function modelOf({ metadata, spec }: WorkflowResource): string {
  return spec.model ?? qualifiedName(metadata);
}

interface Known extends StepModels {
  index: NamePatternIndex<boolean>;
  byModel: ReadonlyMap<string, WorkflowResource>;
}

/** Compiles one workflow, and notes what it lacks. */
class WorkflowCompiler {
  readonly #set: ResourceSet;
  readonly #resource: WorkflowResource;
  readonly #known: Known;
  readonly #missing: string[] = [];

  constructor(set: ResourceSet, resource: WorkflowResource, known: Known) {
    this.#set = set;
    this.#resource = resource;
    this.#known = known;
  }

  compile(): Workflow {
    const { steps: specs, policies } = this.#resource.spec;
    const lastSure = specs.findLastIndex(({ when }) => when === undefined);
    const steps = specs.map((spec, index) => this.#step(spec, index >= lastSure));
    const named = this.#policies(policies.ai ?? []);
    const limits = named.flatMap(limitsOfPolicy);
    return {
      model: modelOf(this.#resource),
      ...(this.#missing.length === 0 ? {} : { unavailable: [...new Set(this.#missing)].join("; ") }),
      guardPolicies: rulesOf(named),
      ...(limits.length === 0 ? {} : { limits }),
      steps,
    };
  }

  #step(spec: StepSpec, mayAnswer: boolean): Workflow["steps"][number] {
    const facts = {
      name: spec.name,
      ...(spec.when === undefined ? {} : { when: spec.when }),
      whenNeeds: stepsOfCondition(spec.when),
      needs: needsOf(spec),
      mayAnswer,
    };
    if (spec.template !== undefined) return { type: "template", ...facts, template: spec.template };
    const { temperature, topP, maxTokens, stop, reasoningEffort, responseFormat } = spec;
    return {
      type: "model",
      ...facts,
      choices: choicesOf(spec).map((choice) => this.#choice(choice, spec.name)),
      messages: (spec.messages ?? []).map(messageOf),
      ...(temperature === undefined ? {} : { temperature }),
      ...(topP === undefined ? {} : { topP }),
      ...(maxTokens === undefined ? {} : { maxOutputTokens: maxTokens }),
      ...(stop === undefined ? {} : { stopSequences: stop }),
      ...(reasoningEffort === undefined ? {} : { reasoningEffort }),
      ...(responseFormat === undefined ? {} : { json: jsonOf(responseFormat) }),
      guardPolicies: rulesOf(this.#policies(spec.policies?.ai ?? [], spec.name)),
    };
  }

  #choice({ when, model, aiBackend }: Choice, step: string): StepChoice {
    const condition = when === undefined ? {} : { when };
    if (aiBackend !== undefined) return { ...condition, ...this.#backend(aiBackend, step) };
    const name = model ?? "";
    if (this.#known.byModel.has(name)) {
      this.#set.refuse(
        this.#resource,
        name,
        `the step ${step} asks for ${name}, which is a workflow; it can ask for models only`,
      );
    } else if (this.#known.index.find(name) === undefined) {
      const known = this.#known.models.map((route) => route.name);
      this.#lacks(name, step, `there is no model ${name}`, suggestion(name, known));
    }
    return { ...condition, model: name };
  }

  #backend(reference: NonNullable<Choice["aiBackend"]>, step: string): StepChoice {
    const { model: asked, ...named } = reference;
    const backend = this.#set.resolve(this.#resource, "AIBackend", named, this.#where(step));
    if (typeof backend === "string") {
      this.#missing.push(backend);
      return { model: asked ?? "" };
    }
    const name = qualifiedName(backend.metadata);
    const model = asked ?? backend.spec.model;
    if (this.#known.backends[name] === undefined) {
      const text = `the step ${step}: requests are forwarded to the AIBackend ${name} as they are; a step needs one that is asked in a dialect`;
      this.#set.refuse(this.#resource, named.name, text);
    } else if (model === undefined) {
      const text = `the step ${step} must say which model of the AIBackend ${name} it asks for, since that one names none`;
      this.#set.refuse(this.#resource, named.name, text);
    }
    const secret = missingSecret(this.#set, backend);
    if (secret !== undefined) this.#missing.push(secret.text);
    return { model: model ?? "", backend: name };
  }

  /**
   * A workflow is one request, and so are its limits: a step has none of its own, and nothing of it is kept.
   * @param step whose policies they are; undefined for those of the workflow as a whole
   */
  #policies(references: readonly Reference[], step?: string): Resource<"AIPolicy">[] {
    return references.flatMap((reference) => {
      const policy = this.#set.resolve(this.#resource, "AIPolicy", reference);
      if (typeof policy === "string") {
        this.#missing.push(policy);
        return [];
      }
      const { limits, caching } = policy.spec;
      const name = qualifiedName(policy.metadata);
      if (step !== undefined && limits.length > 0) {
        const text = `the step ${step}: the AIPolicy ${name} has limits, which a workflow has as a whole: name it in the policies of the workflow`;
        this.#set.refuse(this.#resource, reference.name, text);
      } else if (caching !== undefined) {
        const text = `the AIPolicy ${name} has caching, and replies of workflows are not cached`;
        this.#set.refuse(this.#resource, reference.name, text);
      }
      return [policy];
    });
  }

  #lacks(text: string, step: string, missing: string, hint: string): void {
    this.#missing.push(missing);
    this.#set.warn(this.#resource, text, `the step ${step}: ${missing}${hint}`);
  }

  #where(step: string): string {
    return `Workflow ${qualifiedName(this.#resource.metadata)}: the step ${step}`;
  }
}

function rulesOf(policies: readonly Resource<"AIPolicy">[]): string[] {
  const withRules = policies.filter(({ spec }) => spec.prompt.length + spec.reply.length > 0);
  return withRules.map(guardPolicyName);
}

type Choice = Pick<StepSpec, "when" | "model" | "aiBackend">;

function choicesOf({ choose, model, aiBackend }: StepSpec): readonly Choice[] {
  return choose ?? [{ model, aiBackend }];
}

function needsOf({ choose = [], template, messages = [] }: StepSpec): string[] {
  const templates = [template, ...messages.map(({ content }) => content)];
  const read = [
    ...choose.flatMap(({ when }) => stepsOfCondition(when)),
    ...templates.flatMap((source) => (source === undefined ? [] : stepsOfTemplate(source))),
  ];
  return [...new Set(read)];
}

function messageOf({ role, content }: NonNullable<StepSpec["messages"]>[number]): StepMessage {
  return role === undefined || content === undefined ? { from: "input" } : { role, content };
}

function jsonOf({ schema }: NonNullable<StepSpec["responseFormat"]>): NonNullable<ModelStep["json"]> {
  return schema === undefined ? {} : { schema };
}
