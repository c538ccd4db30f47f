import type { Operation } from "@sluice/contracts/dialect-name";
import type { Envelope } from "@sluice/contracts/envelope";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { noUsage, type Usage } from "@sluice/contracts/usage";
import type { PromptShape } from "@sluice/dialects/prompt-shape";
import { costOf } from "@sluice/pricing/cost";
import type { Limit } from "@sluice/quota/quota";
import { CelError } from "@sluice/resources/cel/cel-error";
import { type CompiledLimit, isShadow, type LimitSubject } from "@sluice/resources/compiled-limit";
import { type Complexity, type ComplexityFacts, compileComplexity } from "@sluice/resources/complexity";
import { findLimits } from "@sluice/resources/find-limits";
import {
  type ModelTarget,
  type Target,
  targetOfChoice,
  type WorkflowTarget,
} from "@sluice/resources/find-target";
import type { PriceList } from "@sluice/resources/price-list";
import type { Snapshot } from "@sluice/resources/snapshot";
import type { Admission } from "./admission.ts";

/** Bytes of JSON that make a token, as a rule; too few rather than too many, so that little is left unreserved. */
const bytesPerToken = 3;
/** What a reply is taken for when the client has set no limit. */
const usualOutputTokens = 512;

/** Whose request it is, as far as limits ask. */
export type LimitedCaller = Pick<Admission, "identity" | "consumer" | "key">;

/** A limit with what is to be reserved of it. */
export interface RequestLimit extends Limit {
  compiled: CompiledLimit;
}

const noPrompt: PromptShape = { messages: 0, tools: 0, images: 0 };
const none: readonly CompiledLimit[] = [];

/**
 * The limits that a request comes under, each with what is to be reserved of it, an estimate, which the router replaces
 * by what was used: those of its route or model, those of its consumer, and those of its virtual key.
 * @param prompt what is in it, where that is limited
 * @throws SluiceError `service_unavailable` where a cost is limited and nobody knows the price
 */
export function limitsOfRequest(
  snapshot: Snapshot,
  target: Target,
  envelope: Pick<Envelope, "bodyBytes" | "maxOutputTokens" | "operation" | "model">,
  prices: PriceList,
  caller: LimitedCaller,
  prompt: PromptShape = noPrompt,
): RequestLimit[] {
  const { ofTarget, ofConsumer, ofKey } = limitsOver(snapshot, target, envelope, caller);
  if (ofTarget.length + ofConsumer.length + ofKey.length === 0) return [];
  const once: Usage = {
    ...noUsage,
    inputTokens: Math.ceil(envelope.bodyBytes / bytesPerToken),
    outputTokens: envelope.maxOutputTokens ?? usualOutputTokens,
  };
  const usage = target.type === "workflow" ? timesCalls(once, target) : once;
  let cost: number | undefined;
  const lazyCost = (): number => {
    cost ??= costNanoUsd(snapshot, target, once, envelope, prices);
    return cost;
  };
  const amountFor = (compiled: CompiledLimit): number => {
    try {
      if (compiled.formula !== undefined) {
        return complexityOf(compiled.formula, { ...usage, ...prompt, model: envelope.model });
      }
      return amountOf(compiled, usage, lazyCost);
    } catch (error) {
      // What only reports refuses nothing; what nobody knows the price of it can't count.
      if (isShadow(compiled)) return 0;
      throw error;
    }
  };
  const reserved =
    (owner: string) =>
    (compiled: CompiledLimit): RequestLimit => ({
      id: compiled.name,
      scope: scopeOf(owner, compiled, target, caller),
      unit: compiled.unit,
      amount: amountFor(compiled),
      policy: compiled.policy,
      compiled,
    });
  // Names of policies and consumers are theirs alone; those of keys are not.
  return [
    ...ofTarget.map(reserved("")),
    ...ofConsumer.map(reserved("")),
    ...ofKey.map(reserved(`key=${caller.identity.keyId}`)),
  ];
}

/** Whether it must be known what is in the prompt of a request. */
export function limitsComplexity(
  snapshot: Snapshot,
  target: Target,
  envelope: Pick<Envelope, "model">,
  caller: Pick<LimitedCaller, "consumer" | "key">,
): boolean {
  const { ofTarget, ofConsumer, ofKey } = limitsOver(snapshot, target, envelope, caller);
  return [ofTarget, ofConsumer, ofKey].some((limits) => limits.some(({ formula }) => formula !== undefined));
}

function limitsOver(
  snapshot: Snapshot,
  target: Target,
  envelope: Pick<Envelope, "model">,
  caller: Pick<LimitedCaller, "consumer" | "key">,
) {
  return {
    ofTarget: findLimits(snapshot, target, envelope),
    ofConsumer: caller.consumer?.limits ?? none,
    ofKey: caller.key?.limits ?? none,
  };
}

/** Formulas of the limits of late, by their text: of a key's limits nobody says when they are gone. */
const formulas = new Map<string, Complexity>();
const maxFormulas = 1_000;

/** @throws SluiceError `service_unavailable` where it can't be told */
function complexityOf(source: string, facts: ComplexityFacts): number {
  let formula = formulas.get(source);
  if (formula === undefined) {
    formula = compileComplexity(source);
    const [oldest] = formulas.keys();
    if (formulas.size >= maxFormulas && oldest !== undefined) formulas.delete(oldest);
    formulas.set(source, formula);
  }
  const { inputTokens, outputTokens, messages, tools, images, model } = facts;
  try {
    return formula({ inputTokens, outputTokens, messages, tools, images, model });
  } catch (cause) {
    if (!(cause instanceof CelError)) throw cause;
    const text = "The complexity of this request is limited, and can't be worked out.";
    throw new SluiceError("service_unavailable", text, { cause });
  }
}

/** Which counter of a limit it is: that of these values of the facts by which it counts apart. */
function scopeOf(owner: string, { per }: CompiledLimit, target: Target, caller: LimitedCaller): string {
  const parts = per.map((subject) => `${subject}=${encodeURIComponent(factOf(subject, target, caller))}`);
  return ["all", ...(owner === "" ? [] : [owner]), ...parts].join("&");
}

/** Of who says nothing it is empty: those are counted together. */
function factOf(subject: LimitSubject, target: Target, { identity, consumer }: LimitedCaller): string {
  switch (subject) {
    case "key":
      return identity.keyId;
    case "consumer":
      return consumer?.name ?? "";
    // What the provider is asked for: a name that clients choose would be a way round the limit.
    case "model":
      return target.providerModel;
    case "route":
      return target.route?.name ?? "";
    default:
      return identity[subject] ?? "";
  }
}

/** Each step that asks a model is taken for a request like the client's. */
function timesCalls({ inputTokens, outputTokens }: Usage, { workflow }: WorkflowTarget): Usage {
  const calls = workflow.steps.filter(({ type }) => type === "model").length;
  return { ...noUsage, inputTokens: inputTokens * calls, outputTokens: outputTokens * calls };
}

function amountOf({ unit }: CompiledLimit, usage: Usage, cost: () => number): number {
  switch (unit) {
    case "requests":
    case "concurrent_calls":
      return 1;
    case "complexity":
      throw new Error("a limit of complexity without its formula");
    case "input_tokens":
      return usage.inputTokens;
    case "output_tokens":
      return usage.outputTokens;
    case "total_tokens":
      return usage.inputTokens + usage.outputTokens;
    case "cost_nano_usd":
      return cost();
  }
}

function costNanoUsd(
  snapshot: Snapshot,
  target: Target,
  usage: Usage,
  { operation }: Pick<Envelope, "operation">,
  prices: PriceList,
): number {
  // Of what is forwarded nobody knows the model before it is rewritten; what it costs is counted when it is known.
  if (target.type === "http") return 0;
  if (target.type === "model") return dearestCost(snapshot, target, usage, operation, prices);
  const { name, workflow } = target;
  return workflow.steps.reduce((sum, step) => {
    if (step.type === "template") return sum;
    // Which of its models it will be is not known yet: it is taken for the dearest.
    const costs = step.choices.map((_choice, index) => {
      const chosen = targetOfChoice(snapshot, name, step, index);
      return chosen === undefined ? 0 : dearestCost(snapshot, chosen, usage, operation, prices);
    });
    return sum + Math.max(...costs);
  }, 0);
}

/** Of several targets any may answer: it is taken for the dearest. */
function dearestCost(
  snapshot: Snapshot,
  target: ModelTarget,
  usage: Usage,
  operation: Operation,
  prices: PriceList,
): number {
  const targets = target.pool?.targets ?? [target];
  return Math.max(...targets.map((each) => costOfModel(snapshot, each, usage, operation, prices)));
}

function costOfModel(
  snapshot: Snapshot,
  { backendName, backend, providerModel }: Pick<ModelTarget, "backendName" | "backend" | "providerModel">,
  usage: Usage,
  operation: Operation,
  prices: PriceList,
): number {
  const price = prices.find(snapshot, {
    backend: backendName,
    provider: backend.provider,
    model: providerModel,
    atMs: Date.now(),
    inputTokens: usage.inputTokens,
  });
  const cost = price === undefined ? undefined : costOf(usage, price, operation);
  if (cost !== undefined) return Number(cost);
  throw new SluiceError(
    "service_unavailable",
    `The cost of this request is limited, and there is no price for the model ${providerModel}.`,
  );
}
