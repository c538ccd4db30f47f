import type { Envelope } from "@sluice/contracts/envelope";
import { type Identity, seedOfCaller } from "@sluice/contracts/identity";
import type { PromptChoice } from "@sluice/contracts/prompt-choice";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { choosePrompt, promptTemplateNamed } from "@sluice/resources/choose-prompt";
import type { PromptVersion } from "@sluice/resources/prompt-template";
import type { Snapshot } from "@sluice/resources/snapshot";

/** A request whose prompt template has given what was left to it. */
export interface PromptedRequest {
  envelope: Envelope;
  /** Bytes that the template's messages add to the body, variables apart; for estimates. */
  addedBytes: number;
}

/**
 * Chooses the version of a request's prompt template, which says which model is asked for where the client names none.
 * Every replica, and every sending of the request, comes to the same version.
 * @throws SluiceError `invalid_request` where there is no such template, label or version, or nobody names a model
 */
export function withPrompt(snapshot: Snapshot, envelope: Envelope, identity: Identity): PromptedRequest {
  const { prompt } = envelope;
  if (prompt === undefined) return { envelope, addedBytes: 0 };
  const { template, label } = prompt;
  const seed = seedOf(snapshot, envelope, prompt, identity);
  const { version, versionName } = choosePrompt(snapshot, prompt, seed);
  const model = envelope.model === "" ? version.model : envelope.model;
  if (model === undefined) {
    const text = `The field model is missing, and version ${versionName} of the prompt template ${template} names none.`;
    throw new SluiceError("invalid_request", text, { parameter: "model" });
  }
  const maxOutputTokens = envelope.maxOutputTokens ?? version.parameters.maxTokens;
  return {
    envelope: {
      ...envelope,
      model,
      ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
      prompt: { template, ...(label === undefined ? {} : { label }), version: versionName },
    },
    addedBytes: bytesOf(version),
  };
}

/** What the choice depends on: all that stays with one version has it in common. */
function seedOf(
  snapshot: Snapshot,
  { requestId }: Envelope,
  { template, stickyTo }: PromptChoice,
  identity: Identity,
): string {
  if (stickyTo !== undefined) return stickyTo;
  if (promptTemplateNamed(snapshot, template).sticky !== "user") return requestId;
  return seedOfCaller(identity, requestId);
}

function bytesOf({ messages }: PromptVersion): number {
  return messages.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0);
}
