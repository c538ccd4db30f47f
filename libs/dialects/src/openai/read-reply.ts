import { z } from "zod";
import type { AssistantPart } from "../canonical-content.ts";
import type { CanonicalCandidate, CanonicalChatReply } from "../canonical-reply.ts";
import { checkProviderShape } from "../check-shape.ts";
import { presentFields } from "../present-fields.ts";
import { makeToolCallId } from "../tool-call-id.ts";
import { readOpenaiFinishReason } from "./finish-reason.ts";
import { openaiLogprobsSchema, readOpenaiLogprobs } from "./logprobs.ts";
import { openaiToolCallSchema, readOpenaiToolCall } from "./tool-call.ts";
import { openaiUsageSchema, readOpenaiUsage } from "./usage.ts";

/** Some compatible servers answer with parts; only their text is read. */
const textSchema = z
  .union([z.string(), z.array(z.looseObject({ text: z.string().nullish() }))])
  .transform((content) =>
    typeof content === "string" ? content : content.map((part) => part.text ?? "").join(""),
  );

const choiceSchema = z.object({
  index: z.int().nonnegative().nullish(),
  finish_reason: z.string().nullish(),
  logprobs: openaiLogprobsSchema.nullish().catch(undefined),
  message: z.object({
    content: textSchema.nullish(),
    refusal: z.string().nullish(),
    /** The name that most servers use for thinking, and the one that vLLM and OpenRouter use. */
    reasoning_content: z.string().nullish(),
    reasoning: z.string().nullish().catch(undefined),
    tool_calls: z.array(openaiToolCallSchema.extend({ id: z.string().nullish() })).nullish(),
  }),
});
const replySchema = z.object({
  id: z.string().nullish(),
  model: z.string().nullish(),
  created: z.number().nullish(),
  choices: z.array(choiceSchema).min(1),
  usage: openaiUsageSchema.nullish(),
});

function readChoice(
  choice: z.infer<typeof choiceSchema>,
  position: number,
  replyId: string | undefined,
): CanonicalCandidate {
  const index = choice.index ?? position;
  const { message } = choice;
  const content: AssistantPart[] = [];
  const thinking = message.reasoning_content ?? message.reasoning;
  if (thinking != null && thinking !== "") content.push({ type: "thinking", text: thinking });
  if (message.content != null && message.content !== "")
    content.push({ type: "text", text: message.content });
  if (message.refusal != null) content.push({ type: "refusal", text: message.refusal });
  for (const [callIndex, call] of (message.tool_calls ?? []).entries()) {
    content.push(readOpenaiToolCall({ ...call, id: call.id ?? makeToolCallId(replyId, index, callIndex) }));
  }
  return {
    index,
    content,
    finishReason: readOpenaiFinishReason(choice.finish_reason, (message.tool_calls ?? []).length > 0),
    ...presentFields({ logprobs: readOpenaiLogprobs(choice.logprobs) }),
  };
}

/** Reads a whole reply of a chat completion. @throws SluiceError `provider_invalid_reply`. */
export function readOpenaiReply(json: unknown): CanonicalChatReply {
  const reply = checkProviderShape(replySchema, json);
  return {
    candidates: reply.choices.map((choice, position) => readChoice(choice, position, reply.id ?? undefined)),
    ...presentFields({
      id: reply.id,
      model: reply.model,
      createdAtMs: reply.created == null ? undefined : reply.created * 1000,
      usage: readOpenaiUsage(reply.usage),
    }),
  };
}
