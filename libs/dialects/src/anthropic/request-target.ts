import { SluiceError } from "@sluice/contracts/sluice-error";
import type { RequestTarget, TargetFacts } from "../dialect.ts";

/** The base URL has no path, as Anthropic's SDKs have it. */
export const anthropicBaseUrl = "https://api.anthropic.com";

/**
 * The version for requests that we write: 2026-10-21 refuses sampling parameters to every model, this one
 * only where the model does.
 */
const writtenVersion = "2023-06-01";

export function anthropicTarget(facts: TargetFacts): RequestTarget {
  if (facts.operation === "embeddings") throw noEmbeddings();
  return { path: "/v1/messages" };
}

/** @returns the error for embeddings, which Anthropic does not offer. */
export function noEmbeddings(): SluiceError {
  return new SluiceError("unsupported_feature", "This model's provider has no embeddings.", {
    parameter: "model",
  });
}

/** A client's own version and beta features go along, since its body is written for them. */
export function anthropicHeaders(
  apiKey: string,
  clientHeaders: Record<string, string>,
): Record<string, string> {
  const beta = clientHeaders["anthropic-beta"];
  return {
    "x-api-key": apiKey,
    "anthropic-version": clientHeaders["anthropic-version"] ?? writtenVersion,
    ...(beta === undefined ? {} : { "anthropic-beta": beta }),
  };
}
