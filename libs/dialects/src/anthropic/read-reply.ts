import { z } from "zod";
import type { AssistantPart } from "../canonical-content.ts";
import type { CanonicalChatReply, FinishReason } from "../canonical-reply.ts";
import { checkProviderShape } from "../check-shape.ts";
import { presentFields } from "../present-fields.ts";
import { jsonToolName } from "./json-tool.ts";
import { readAnthropicStopReason } from "./stop-reason.ts";
import { anthropicUsageSchema, readAnthropicUsage } from "./usage.ts";

/** Blocks of kinds that we do not know are the work of server tools, which we never ask for. */
const blockSchema = z.object({
  type: z.string(),
  text: z.string().nullish(),
  thinking: z.string().nullish(),
  signature: z.string().nullish(),
  data: z.string().nullish(),
  id: z.string().nullish(),
  name: z.string().nullish(),
  input: z.unknown().optional(),
});
const replySchema = z.object({
  id: z.string().nullish(),
  model: z.string().nullish(),
  content: z.array(blockSchema),
  stop_reason: z.string().nullish(),
  stop_sequence: z.string().nullish(),
  usage: anthropicUsageSchema.nullish(),
});

function readBlock(block: z.infer<typeof blockSchema>): AssistantPart[] {
  switch (block.type) {
    case "text":
      return block.text == null || block.text === "" ? [] : [{ type: "text", text: block.text }];
    case "thinking":
      return [
        {
          type: "thinking",
          text: block.thinking ?? "",
          ...(block.signature == null
            ? {}
            : { signature: { from: "anthropic" as const, value: block.signature } }),
        },
      ];
    case "redacted_thinking":
      return [{ type: "redacted-thinking", data: block.data ?? "", from: "anthropic" }];
    case "tool_use": {
      const json = JSON.stringify(block.input ?? {});
      if (block.name === jsonToolName) return [{ type: "text", text: json }];
      return [{ type: "tool-call", id: block.id ?? "", name: block.name ?? "", argumentsJson: json }];
    }
    default:
      return [];
  }
}

/** A reply that ends in the tool which takes the answer has simply ended. */
export function finishReasonOf(stopReason: string | null | undefined, hasToolCalls: boolean): FinishReason {
  const reason = readAnthropicStopReason(stopReason);
  return reason === "tool-calls" && !hasToolCalls ? "stop" : reason;
}

/** Reads a whole message. @throws SluiceError `provider_invalid_reply`. */
export function readAnthropicReply(json: unknown): CanonicalChatReply {
  const reply = checkProviderShape(replySchema, json);
  const content = reply.content.flatMap(readBlock);
  const hasToolCalls = content.some((part) => part.type === "tool-call");
  return {
    candidates: [
      {
        index: 0,
        content,
        finishReason: finishReasonOf(reply.stop_reason, hasToolCalls),
        ...presentFields({ stopSequence: reply.stop_sequence }),
      },
    ],
    ...presentFields({ id: reply.id, model: reply.model, usage: readAnthropicUsage(reply.usage) }),
  };
}
