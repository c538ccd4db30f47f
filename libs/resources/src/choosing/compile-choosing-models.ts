import type { CompiledLimit } from "../compiled-limit.ts";
import type { PoolTarget } from "../model-pool.ts";
import type { ModelOfTable } from "../models-of-tables.ts";
import { askedModel, NamePatternIndex } from "../name-pattern.ts";
import { qualifiedName } from "../resource.ts";
import type { ResourceSet } from "../resource-set.ts";
import { suggestion } from "../schema-problems.ts";
import type { ModelRoute } from "../snapshot.ts";
import { compileChooser, type ModelChooser } from "./model-choice.ts";

/** What a model that chooses has of its own. */
export interface OwnPolicies {
  guardPolicies: readonly string[];
  limits: readonly CompiledLimit[];
  /** What it refers to and is not there. */
  missing: readonly string[];
}

/** Who can be chosen, and who chooses. */
export interface ChoosableModels {
  /** Models that lead to providers. */
  models: readonly ModelRoute[];
  /** Models that choose, all of them. */
  choosing: readonly ModelOfTable[];
  /** Policies that a model that chooses names, or that choose its table. */
  policiesOf: (model: ModelOfTable) => OwnPolicies;
}

/**
 * Compiles models that lead to others. To auth and the guard, which know nothing of a prompt, such a model is a pool of
 * all targets behind it, with all of their guard policies and limits; which of them it is, the router finds out. A
 * model that is not there closes it, and is a warning; one that leads to itself is a problem.
 */
export class ChoosingModels {
  readonly #set: ResourceSet;
  readonly #own: ChoosableModels;
  readonly #index: NamePatternIndex<ModelRoute | ModelOfTable>;
  readonly #compiled = new Map<string, ModelRoute>();
  /** Names from the model that is being compiled to the one that it is at. */
  readonly #way: string[] = [];

  constructor(set: ResourceSet, own: ChoosableModels) {
    this.#set = set;
    this.#own = own;
    this.#index = new NamePatternIndex<ModelRoute | ModelOfTable>([
      ...own.models.map((route): [string, ModelRoute] => [route.name, route]),
      ...own.choosing.map((one): [string, ModelOfTable] => [one.model.name, one]),
    ]);
  }

  compile(one: ModelOfTable): ModelRoute {
    const { name, choose = [], intents } = one.model;
    const done = this.#compiled.get(name);
    if (done !== undefined) return done;
    this.#way.push(name);
    const own = this.#own.policiesOf(one);
    const missing = [...own.missing];
    const behind = [...new Set(choose.map(({ model }) => model))].flatMap(
      (model) => this.#behind(one, model, missing) ?? [],
    );
    const asked = intents === undefined ? undefined : this.#askedForIntent(one, intents.model, missing);
    this.#way.pop();
    const targets = eachTargetOnce(behind.flatMap((each) => each.targets));
    const [first] = targets;
    const limits = eachOnce([
      ...behind.flatMap((each) => each.limits),
      ...(asked?.limits ?? []),
      ...own.limits,
    ]);
    const repeats = behind.length > 0 && behind.every(({ lostCall }) => lostCall === "repeat");
    const lacking =
      first === undefined && missing.length === 0 ? ["all models that it chooses from are closed"] : missing;
    const route: ModelRoute = {
      name,
      backend: first?.backend ?? "",
      ...(first?.providerModel === undefined ? {} : { providerModel: first.providerModel }),
      ...(first === undefined ? {} : { pool: { sticky: "none", targets } }),
      chooser: compileChooser(
        choose,
        intents,
        behind.flatMap(({ client }) => client ?? []),
      ),
      listed: [name],
      guardPolicies: [
        ...new Set([...behind.flatMap(({ guardPolicies }) => guardPolicies), ...own.guardPolicies]),
      ],
      lostCall: repeats ? "repeat" : "fail",
      ...(limits.length === 0 ? {} : { limits }),
      ...(lacking.length === 0 ? {} : { unavailable: [...new Set(lacking)].join("; ") }),
    };
    this.#compiled.set(name, route);
    return route;
  }

  /** What a model adds to one that chooses it; undefined for one that can't be chosen. */
  #behind(from: ModelOfTable, model: string, missing: string[]): Behind | undefined {
    const match = this.#find(from, model, missing);
    if (match === undefined) return undefined;
    if (!("table" in match.value)) return behindOf(match.value, model, match.rest);
    const place = this.#way.indexOf(model);
    if (place === -1) return behindOf(this.compile(match.value), model, "");
    const circle = [...this.#way.slice(place), model];
    this.#set.refuse(
      from.table,
      model,
      `model ${from.model.name} chooses itself in the end: ${circle.join(", then ")}`,
    );
    return undefined;
  }

  #askedForIntent(from: ModelOfTable, model: string, missing: string[]): ModelRoute | undefined {
    const value = this.#find(from, model, missing)?.value;
    const choosesItself = value !== undefined && ("table" in value || value.chooser !== undefined);
    if (!choosesItself) return value;
    const text = `model ${from.model.name}: the intent is asked of ${model}, which chooses a model itself; name one that answers`;
    this.#set.refuse(from.table, model, text);
    return undefined;
  }

  #find({ table, model: { name } }: ModelOfTable, model: string, missing: string[]) {
    const isWorkflow = this.#set
      .all("Workflow")
      .some(({ metadata, spec }) => (spec.model ?? qualifiedName(metadata)) === model);
    if (isWorkflow) {
      this.#set.refuse(table, model, `model ${name}: ${model} is a workflow; only models can be chosen`);
      return undefined;
    }
    const match = this.#index.find(model);
    if (match !== undefined) return match;
    const known = [...this.#own.models, ...this.#own.choosing.map((one) => one.model)].map(
      (each) => each.name,
    );
    missing.push(`there is no model ${model}`);
    this.#set.warn(
      table,
      model,
      `model ${name}: there is no model ${model}${suggestion(model, known)}`,
      "ModelNotFound",
    );
    return undefined;
  }
}

interface Behind extends Pick<ModelChooser, "client"> {
  targets: PoolTarget[];
  guardPolicies: readonly string[];
  limits: readonly CompiledLimit[];
  lostCall: ModelRoute["lostCall"];
}

/** @param rest what the `*` of the route's name stands for in the model's */
function behindOf(route: ModelRoute, model: string, rest: string): Behind {
  const { backend, providerModel, pool, chooser, guardPolicies, limits = [], lostCall, unavailable } = route;
  const targets = pool?.targets ?? [{ backend, providerModel, weight: 1, priority: 0 }];
  return {
    targets:
      unavailable === undefined
        ? targets.map((target) => ({
            ...target,
            providerModel: askedModel(target.providerModel, model, rest),
          }))
        : [],
    guardPolicies,
    limits,
    lostCall,
    client: chooser?.client,
  };
}

/** Several of the models may lead to the same. */
function eachTargetOnce(targets: readonly PoolTarget[]): PoolTarget[] {
  return [
    ...new Map(targets.map((target) => [`${target.backend}\0${target.providerModel}`, target])).values(),
  ];
}

/** The same policy may cover several models. */
function eachOnce(limits: readonly CompiledLimit[]): CompiledLimit[] {
  return [...new Map(limits.map((limit) => [limit.name, limit])).values()];
}
