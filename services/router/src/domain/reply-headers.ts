import type { PromptChoice } from "@sluice/contracts/prompt-choice";
import type { ModelTarget, Target } from "@sluice/resources/find-target";

/** Headers that say what gave a reply. */
const servedByHeaders = { model: "x-sluice-model", backend: "x-sluice-backend" };
/** Header that names the models that were chosen by what a request is, one by the other. */
const chosenHeader = "x-sluice-chosen";

const rateLimitHeader = /^(x-ratelimit-|anthropic-ratelimit-|retry-after)/;

/** Names under which providers give the id of a call. */
const requestIdHeaders = ["x-request-id", "request-id", "x-goog-request-id"];

/** The provider's id of the call, to find it on its bill. */
export function providerRequestIdOf(headers: Record<string, string>): string | undefined {
  for (const name of requestIdHeaders) if (headers[name] !== undefined) return headers[name];
  return undefined;
}

/**
 * Headers of the reply to the client: what served it, and the provider's rate limits.
 * @param providerHeaders lower-case names
 */
export function replyHeaders(
  found: Pick<Target, "providerModel" | "backendName"> & Pick<ModelTarget, "chosen">,
  providerHeaders: Record<string, string>,
  contentType: string,
): Record<string, string> {
  const headers: Record<string, string> = {
    "content-type": contentType,
    [servedByHeaders.model]: headerText(found.providerModel),
    [servedByHeaders.backend]: found.backendName,
    ...(found.chosen === undefined ? {} : { [chosenHeader]: found.chosen.map(headerText).join(", ") }),
  };
  for (const [name, value] of Object.entries(providerHeaders)) {
    if (rateLimitHeader.test(name)) headers[name] = value;
  }
  const id = providerRequestIdOf(providerHeaders);
  if (id !== undefined) headers["x-sluice-provider-request-id"] = id;
  return headers;
}

/** Whether a reply with these headers is that of a target. */
export function isServedBy(
  { providerModel, backendName }: Pick<Target, "providerModel" | "backendName">,
  headers: Readonly<Record<string, string>>,
): boolean {
  const { model, backend } = servedByHeaders;
  return headers[backend] === backendName && headers[model] === headerText(providerModel);
}

/** A name that a client may have made up, as a header can hold it: all but printable ASCII is percent-encoded. */
function headerText(text: string): string {
  return text.toWellFormed().replaceAll(/[^\u0020-\u007e]+/gu, encodeURIComponent);
}

/** Header that says which version of which prompt template a request had; none for one that had none. */
export function promptHeader(prompt: PromptChoice | undefined): Record<string, string> {
  return prompt?.version === undefined ? {} : { "x-sluice-prompt": `${prompt.template}@${prompt.version}` };
}
