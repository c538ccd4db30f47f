import type { Price } from "@sluice/contracts/price";
import { promptTemplateNamed } from "./choose-prompt.ts";
import type { ModelChooser } from "./choosing/model-choice.ts";
import { describeCaching } from "./describe-caching.ts";
import type { FoundPool, FoundPoolTarget } from "./find-model.ts";
import type { ForwardPool, ModelTarget, Target } from "./find-target.ts";
import type { Strategy } from "./model-pool.ts";
import { PriceList } from "./price-list.ts";
import type { RoutePrompt } from "./prompt-template.ts";
import type { Snapshot } from "./snapshot.ts";
import type { Workflow } from "./workflow.ts";

/** Says of what serves a request who that is, which policies hold, and what it costs. */
export function describeTarget(snapshot: Snapshot, target: Target, nowMs: number) {
  const { route, guardPolicies } = target;
  return {
    target: describeDestination(target) + describeRegions(target),
    policies: guardPolicies.map(([name]) => name),
    prompt: route?.prompt === undefined ? undefined : describePrompt(snapshot, route.prompt),
    caching:
      target.type === "model" && target.caching !== undefined ? describeCaching(target.caching) : undefined,
    transformation: route?.transformation,
    price: target.type === "model" ? describePrices(snapshot, target, nowMs) : undefined,
  };
}

function describeRegions({ regions }: Target): string {
  return regions === undefined ? "" : `; in ${regions.join(" or ")} only`;
}

function describeDestination(target: Target): string {
  switch (target.type) {
    case "model":
      if (target.chooser !== undefined) return describeChooser(target.chooser) + describeFailing(target);
      return describeModelTarget(target) + describeFailing(target);
    case "http":
      return `${target.pool === undefined ? target.backendName : describeForwarded(target.pool)}, as it is`;
    case "workflow":
      return `workflow ${target.name}: ${target.workflow.steps.map(describeStep).join(", ")}`;
  }
}

/** Who answers for a model that leads to providers. */
export function describeModelTarget(target: ModelTarget): string {
  return target.pool === undefined ? describeModel(target) : describePool(target.pool);
}

/** The models that it leads to, each with its condition. */
export function describeChooser({ choices, intents }: ModelChooser): string {
  const described = choices.map(({ when, model }) =>
    when === undefined ? `model ${model} otherwise` : `model ${model} where ${when}`,
  );
  const asked = intents === undefined ? "" : `; ${intents.model} is asked for the intent`;
  return described.join("; ") + asked;
}

/** What becomes of requests that nobody answers, and of streams that break off. */
function describeFailing({ midStream, lastResort }: ModelTarget): string {
  const continued = midStream === "continue" ? "; streams that break off are continued" : "";
  return continued + (lastResort === undefined ? "" : `; at last a reply of its own (${lastResort.status})`);
}

function describeModel({
  backendName,
  providerModel,
}: Pick<FoundPoolTarget, "backendName" | "providerModel">): string {
  return `${backendName}, model ${providerModel}`;
}

const strategyTexts: Readonly<Record<Exclude<Strategy, "weighted">, string>> = {
  "least-latency": "the one of two that is expected to answer sooner",
  "least-busy": "the one of two with fewer open calls",
  "lowest-cost": "the one where the request costs least",
};

function describePool({ sticky, strategy, targets }: FoundPool): string {
  return [
    describeOrder(targets, describeModel),
    ...(sticky === "none" ? [] : [`by ${sticky}`]),
    ...(strategy === "weighted" ? [] : [strategyTexts[strategy]]),
  ].join("; ");
}

function describeForwarded({ targets }: ForwardPool): string {
  return describeOrder(targets, ({ backendName }) => backendName);
}

/** With the share that each has of its priority, and what takes over. */
function describeOrder<Item extends { weight: number; priority: number }>(
  targets: readonly Item[],
  nameOf: (target: Item) => string,
): string {
  const priorities = [...new Set(targets.map(({ priority }) => priority))].toSorted((a, b) => a - b);
  const groups = priorities.map((priority) => {
    const group = targets.filter((target) => target.priority === priority);
    if (group.length === 1) return group.map(nameOf).join();
    return sharesOf(group, nameOf).join(" or ");
  });
  return groups.join("; where that fails, ");
}

/** Each with its part of the weights. */
function sharesOf<Item extends { weight: number }>(
  items: readonly Item[],
  nameOf: (item: Item) => string,
): string[] {
  const total = items.reduce((sum, { weight }) => sum + weight, 0);
  return items.map((item) => {
    const percent = total === 0 ? 0 : Math.round((100 * item.weight) / total);
    return `${nameOf(item)} (${percent} %)`;
  });
}

function describeStep(step: Workflow["steps"][number]): string {
  if (step.type === "template") return `${step.name} (template)`;
  const models = step.choices.map(({ model, backend }) =>
    backend === undefined ? model : `${backend} ${model}`,
  );
  return `${step.name} (${models.join(" or ")})`;
}

function describePrompt(snapshot: Snapshot, { template, label, version }: RoutePrompt): string {
  if (label === undefined) return `${template}, version ${version}`;
  const { labels, sticky } = promptTemplateNamed(snapshot, template);
  const shares = sharesOf(labels[label] ?? [], ({ version: name }) => name);
  return `${template}, label ${label}: version ${shares.join(", ")}${sticky === "none" ? "" : `, by ${sticky}`}`;
}

/** The price of the model, or that of each that may answer. */
function describePrices(snapshot: Snapshot, target: ModelTarget, nowMs: number): string {
  if (target.pool === undefined) return describePrice(priceOf(snapshot, target, nowMs));
  return target.pool.targets
    .map(
      (each) => `${each.backendName} ${each.providerModel}: ${describePrice(priceOf(snapshot, each, nowMs))}`,
    )
    .join("; ");
}

type Priced = Pick<FoundPoolTarget, "backendName" | "backend" | "providerModel">;

function priceOf(
  snapshot: Snapshot,
  { backendName, backend, providerModel }: Priced,
  atMs: number,
): Price | undefined {
  return new PriceList().find(snapshot, {
    backend: backendName,
    provider: backend.provider,
    model: providerModel,
    atMs,
    inputTokens: 0,
  });
}

function describePrice(price: Price | undefined): string {
  if (price === undefined) return "unpriced: nobody knows what it costs";
  const rates = Object.entries(price.usdPerMillionTokens).map(([kind, rate]) => `${kind} ${rate}`);
  return `US dollars per million tokens: ${rates.join(", ")}`;
}
