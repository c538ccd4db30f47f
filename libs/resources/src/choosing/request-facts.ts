import type { Envelope, IdentifiedEnvelope } from "@sluice/contracts/envelope";
import type { Identity } from "@sluice/contracts/identity";
import type { HttpRoute } from "../http-route.ts";
import type { Snapshot } from "../snapshot.ts";
import type { ChoosingFacts } from "./choose-model.ts";
import type { ModelChooser } from "./model-choice.ts";
import { PromptFacts } from "./prompt-facts.ts";

type ClientFacts = NonNullable<ModelChooser["client"]>;

interface ChoosingClients {
  byModel: ReadonlyMap<string, ClientFacts>;
  /** Of all of them together. */
  all: ClientFacts;
}

/** One for each revision; undefined where no model asks for anything of the client's request. */
const clients = new WeakMap<Snapshot["models"], ChoosingClients | "none">();

/**
 * What the ingress is to say of a request, for the model that it asks for to choose by.
 * @param model as the client names it; empty where a prompt template is to say it
 * @param route undefined for the gateway's own endpoints
 * @returns undefined where nothing is to be said
 */
export function clientFactsFor(
  { models }: Pick<Snapshot, "models">,
  model: string,
  route: HttpRoute | undefined,
): ClientFacts | undefined {
  let known = clients.get(models);
  if (known === undefined) {
    known = choosingClients(models) ?? "none";
    clients.set(models, known);
  }
  if (known === "none") return undefined;
  if (route === undefined) return model === "" ? known.all : known.byModel.get(model);
  return route.target.type === "named_model" ? known.byModel.get(route.target.model) : undefined;
}

function choosingClients(models: Snapshot["models"]): ChoosingClients | undefined {
  const entries = models.flatMap(({ name, chooser }): [string, ClientFacts][] =>
    chooser?.client === undefined ? [] : [[name, chooser.client]],
  );
  if (entries.length === 0) return undefined;
  const headers = [...new Set(entries.flatMap(([, client]) => client.headers))];
  return { byModel: new Map(entries), all: { headers } };
}

/**
 * What conditions of choices are told of a request that has come to the router.
 * @param body text of the client's body, with what a prompt template puts before it
 */
export function choosingFacts(
  envelope: Pick<IdentifiedEnvelope, "dialect" | "identity" | "choosing" | "operation" | "route" | "model">,
  body: string,
): ChoosingFacts {
  const { choosing, operation, route = "", model } = envelope;
  const { consumer = "", method = "", path = "", host = "", source = "", headers = {} } = choosing ?? {};
  return {
    prompt: new PromptFacts(envelope.dialect, body),
    identity: { ...ownerFacts(envelope.identity), consumer },
    request: { method, path, host, source, headers, route, operation, model },
  };
}

/** What is not known is an empty text. */
function ownerFacts({ keyId: key, user = "", team = "", application = "", department = "", tags }: Identity) {
  return { key, user, team, application, department, tags };
}

/** The model that a request asks for: that of its route, where this leads to one. */
export function askedModelOf({ model }: Pick<Envelope, "model">, route: HttpRoute | undefined): string {
  return route?.target.type === "named_model" ? route.target.model : model;
}
