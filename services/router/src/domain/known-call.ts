import type { IdentifiedEnvelope } from "@sluice/contracts/envelope";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { callsModel, type Endpoint, matchEndpoint } from "@sluice/dialects/endpoint";
import { jsonObject } from "./body-text.ts";

/** Longest name of a model, as at the gateway's own endpoints. */
const maxModelLength = 256;

/**
 * Whether a forwarded request goes to an endpoint at which one of the known providers calls a model. By the path alone:
 * what a client says of its body must not decide whether the call is booked.
 * @param path for the destination, with the query
 */
export function knownEndpoint(method: string, path: string): Endpoint | undefined {
  const url = URL.parse(`http://destination${path}`);
  const match = url === null ? undefined : matchEndpoint(method, url.pathname, url.searchParams, {});
  return match === undefined || !callsModel(match.endpoint) ? undefined : match.endpoint;
}

/**
 * The envelope of a call of a model that came by a route which forwards it; it is booked as what it is.
 * @param body as the destination gets it
 * @throws SluiceError `invalid_request` for a body that is no call
 */
export function knownCall(
  envelope: IdentifiedEnvelope,
  endpoint: Endpoint,
  body: string,
): IdentifiedEnvelope {
  const fields = jsonObject(body);
  if (fields === undefined) {
    throw new SluiceError("invalid_request", "The request body must be a JSON object.");
  }
  const { dialect, operation, streamFraming } = endpoint;
  const model = endpoint.model ?? fields.model;
  if (typeof model !== "string" || model === "" || model.length > maxModelLength) {
    const text = `The field model must be a string of 1 to ${maxModelLength} characters.`;
    throw new SluiceError("invalid_request", text, { parameter: "model" });
  }
  const stream = endpoint.stream ?? fields.stream === true;
  return { ...envelope, dialect, operation, model, stream, streamFraming };
}
