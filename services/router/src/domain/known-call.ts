import type { IdentifiedEnvelope } from "@sluice/contracts/envelope";
import { matchEndpoint } from "@sluice/dialects/endpoint";

/**
 * Whether a forwarded request is a call of a model as one of the known providers takes it. Such a call is booked as
 * what it is, whatever route it came by.
 * @param path for the destination, with the query
 * @returns the envelope of the call; undefined for all else
 */
export function knownCall(
  envelope: IdentifiedEnvelope,
  method: string,
  path: string,
  body: string,
): IdentifiedEnvelope | undefined {
  const url = URL.parse(`http://destination${path}`);
  const match = url === null ? undefined : matchEndpoint(method, url.pathname, url.searchParams, {});
  if (match === undefined || match.endpoint.operation === "models") return undefined;
  const fields = objectIn(body);
  if (fields === undefined) return undefined;
  const { dialect, operation, streamFraming } = match.endpoint;
  const model = match.endpoint.model ?? fields.model;
  if (typeof model !== "string" || model === "") return undefined;
  const stream = match.endpoint.stream ?? fields.stream === true;
  return { ...envelope, dialect, operation, model, stream, streamFraming };
}

function objectIn(body: string): Record<string, unknown> | undefined {
  try {
    const json: unknown = JSON.parse(body);
    return typeof json === "object" && json !== null && !Array.isArray(json)
      ? (json as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
