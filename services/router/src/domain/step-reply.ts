import { SluiceError } from "@sluice/contracts/sluice-error";
import type { CanonicalChatReply } from "@sluice/dialects/canonical-reply";
import { openaiDialect } from "@sluice/dialects/openai/openai-dialect";
import type { ModelStep } from "@sluice/resources/workflow";
import { parseProviderJson } from "./provider-json.ts";
import type { StepValues } from "./workflow-plan.ts";

/** What a step gave: the values that later steps read, and the reply that they are from. */
export interface StepReply extends StepValues {
  reply: CanonicalChatReply;
}

/**
 * Reads the whole reply to a step's request.
 * @throws SluiceError `provider_invalid_reply` for what is no reply, or no JSON where the step asked for that
 */
export function readStepReply(step: ModelStep, body: Uint8Array): StepReply {
  const reply = openaiDialect.readChatReply(parseProviderJson(body));
  const output = textOfReply(reply).trim();
  return step.json === undefined ? { output, reply } : { output, json: jsonOf(output), reply };
}

/** A text as if a model had said it. */
export function replyOfText(text: string): StepReply {
  const content = [{ type: "text" as const, text }];
  return { output: text.trim(), reply: { candidates: [{ index: 0, content, finishReason: "stop" }] } };
}

/** The text of the first candidate of a reply. */
export function textOfReply({ candidates: [candidate] }: CanonicalChatReply): string {
  const parts = candidate?.content ?? [];
  return parts.map((part) => (part.type === "text" || part.type === "refusal" ? part.text : "")).join("");
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new SluiceError("provider_invalid_reply", "The model was asked for JSON and did not answer in it.");
  }
}
