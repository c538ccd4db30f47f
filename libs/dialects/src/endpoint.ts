import type { DialectName, Operation } from "@sluice/contracts/dialect-name";
import type { StreamFraming } from "@sluice/contracts/envelope";

/** What the URL of a request says, before its body is read. */
export interface Endpoint {
  dialect: DialectName;
  operation: Operation;
  /** Model in the path (Gemini, or one model of the list). @default the body's */
  model?: string;
  /** Whether the path asks for a stream (Gemini). @default the body's */
  stream?: boolean;
  streamFraming: StreamFraming;
}

/** The route as the trace and the metrics name it, without what a client puts into it. */
export type EndpointMatch = { endpoint: Endpoint; route: string };

/** Whether an endpoint is one at which a provider calls a model, and not one that the gateway itself answers. */
export function callsModel({ operation }: Endpoint): boolean {
  return operation === "chat" || operation === "embeddings";
}

const noQuery = new URLSearchParams();

const geminiMethods: Record<string, Pick<Endpoint, "operation" | "stream">> = {
  generateContent: { operation: "chat", stream: false },
  streamGenerateContent: { operation: "chat", stream: true },
};

/** Headers that tell the SDKs apart where they share a path. */
export interface TellingHeaders {
  "anthropic-version"?: string | undefined;
  "x-goog-api-key"?: string | undefined;
}

/**
 * Finds what a URL asks for. The path alone decides, but for the list of models, which all three dialects have
 * at `/v1/models`: there `anthropic-version`, or a Google key, tells.
 * @param path without the query
 * @returns undefined for a path that is not served
 */
export function matchEndpoint(
  method: string,
  path: string,
  query: URLSearchParams,
  headers: TellingHeaders,
): EndpointMatch | undefined {
  if (method === "POST") return matchPost(path, query);
  if (method === "GET") return matchList(path, query, headers);
  return undefined;
}

function matchPost(path: string, query: URLSearchParams): EndpointMatch | undefined {
  switch (path) {
    case "/v1/chat/completions":
      return { endpoint: { dialect: "openai", operation: "chat", streamFraming: "sse" }, route: path };
    case "/v1/embeddings":
      return {
        endpoint: { dialect: "openai", operation: "embeddings", stream: false, streamFraming: "sse" },
        route: path,
      };
    case "/v1/feedback":
      return {
        endpoint: { dialect: "openai", operation: "feedback", stream: false, streamFraming: "sse" },
        route: path,
      };
    case "/v1/messages":
      return { endpoint: { dialect: "anthropic", operation: "chat", streamFraming: "sse" }, route: path };
    default:
      return matchGemini(path, query);
  }
}

function matchGemini(path: string, query: URLSearchParams): EndpointMatch | undefined {
  const parts = /^\/(v1beta|v1)\/models\/(.+):([A-Za-z]+)$/.exec(path);
  const method = parts?.[3] ?? "";
  const facts = Object.hasOwn(geminiMethods, method) ? geminiMethods[method] : undefined;
  if (parts === null || facts === undefined) return undefined;
  const model = decoded(parts[2] ?? "");
  if (model === undefined) return undefined;
  const asArray = facts.stream === true && query.get("alt") !== "sse";
  return {
    endpoint: { dialect: "gemini", model, ...facts, streamFraming: asArray ? "json-array" : "sse" },
    route: `/${parts[1]}/models/{model}:${method}`,
  };
}

function matchList(path: string, query: URLSearchParams, headers: TellingHeaders): EndpointMatch | undefined {
  const parts = /^\/(v1beta|v1)\/models(?:\/(.+))?$/.exec(path);
  // Names of models have colons, too; what follows the last one tells a call of Gemini's from them.
  if (parts === null || matchGemini(path, noQuery) !== undefined) return undefined;
  const ofGoogle = parts[1] === "v1beta" || headers["x-goog-api-key"] !== undefined || query.has("key");
  const dialect = ofGoogle ? "gemini" : headers["anthropic-version"] === undefined ? "openai" : "anthropic";
  const model = decoded(parts[2] ?? "");
  if (model === undefined) return undefined;
  const route = `/${parts[1]}/models${parts[2] === undefined ? "" : "/{model}"}`;
  return { endpoint: { dialect, operation: "models", model, stream: false, streamFraming: "sse" }, route };
}

/** The dialect to answer in where no endpoint is known: the one that the path looks like. */
export function dialectOfPath(path: string): DialectName {
  if (path.startsWith("/v1/messages")) return "anthropic";
  if (path.startsWith("/v1beta/") || /^\/v1\/models\/.+:[A-Za-z]+$/.test(path)) return "gemini";
  return "openai";
}

/** The methods that a path is served with, for 405; empty for a path that is not served at all. */
export function allowedMethods(path: string): string[] {
  return ["GET", "POST"].filter((method) => matchEndpoint(method, path, noQuery, {}) !== undefined);
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
