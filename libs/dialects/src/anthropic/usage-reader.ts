import type { SluiceError } from "@sluice/contracts/sluice-error";
import { z } from "zod";
import type { FinishReason } from "../canonical-reply.ts";
import type { ReplyReport, UsageReader } from "../dialect.ts";
import { createOutputText } from "../output-text.ts";
import { parseEventData } from "../parse-event-data.ts";
import { presentFields } from "../present-fields.ts";
import { readStringField } from "../string-field.ts";
import { readAnthropicStreamError } from "./provider-error.ts";
import { readAnthropicStopReason } from "./stop-reason.ts";
import {
  type AnthropicUsage,
  anthropicUsageSchema,
  mergeAnthropicUsage,
  readAnthropicUsage,
} from "./usage.ts";

const replySchema = z.object({
  id: z.string().nullish().catch(undefined),
  model: z.string().nullish().catch(undefined),
  stop_reason: z.string().nullish().catch(undefined),
  usage: anthropicUsageSchema.nullish().catch(undefined),
});

/** What a whole message tells about itself; nothing where it has another shape. */
export function readAnthropicReport(json: unknown): ReplyReport {
  const result = replySchema.safeParse(json);
  if (!result.success) return {};
  const { id, model, stop_reason: stopReason, usage } = result.data;
  return presentFields({
    usage: readAnthropicUsage(usage),
    responseModel: model,
    providerRequestId: id,
    finishReason: stopReason == null ? undefined : readAnthropicStopReason(stopReason),
  });
}

const startSchema = z.object({ message: replySchema });
const deltaSchema = z.object({
  delta: z.object({ stop_reason: z.string().nullish() }).nullish().catch(undefined),
  usage: anthropicUsageSchema.nullish().catch(undefined),
});

/** Parses the first and the last event of a message; of the pieces in between it takes only the text. */
export function createAnthropicUsageReader(): UsageReader {
  const output = createOutputText();
  let usage: AnthropicUsage | undefined;
  let usageIsFinal = false;
  let finishReason: FinishReason | undefined;
  let responseModel: string | undefined;
  let providerRequestId: string | undefined;
  let complete = false;
  let error: SluiceError | undefined;

  function readStart(data: string): void {
    const start = startSchema.safeParse(parseEventData(data));
    if (!start.success) return;
    usage = start.data.message.usage ?? undefined;
    responseModel = start.data.message.model ?? undefined;
    providerRequestId = start.data.message.id ?? undefined;
  }

  function readEnd(data: string): void {
    const end = deltaSchema.safeParse(parseEventData(data));
    if (!end.success) return;
    if (end.data.usage != null) {
      usage = mergeAnthropicUsage(usage, end.data.usage);
      usageIsFinal = true;
    }
    const reason = end.data.delta?.stop_reason;
    if (reason != null) finishReason = readAnthropicStopReason(reason);
  }

  return {
    push({ event, data }) {
      switch (event ?? readStringField(data, "type")) {
        case "message_start":
          readStart(data);
          break;
        case "content_block_delta":
          output.add(
            readStringField(data, "text") ??
              readStringField(data, "thinking") ??
              readStringField(data, "partial_json") ??
              "",
          );
          break;
        case "message_delta":
          readEnd(data);
          break;
        case "message_stop":
          complete = true;
          break;
        case "error":
          error = readAnthropicStreamError(parseEventData(data));
          break;
        default:
          // Pings, block boundaries, and what later versions bring.
          break;
      }
    },
    result() {
      const total = readAnthropicUsage(usage);
      return {
        complete,
        ...(total !== undefined && !usageIsFinal ? { usageIsPartial: true } : {}),
        ...presentFields({ usage: total, finishReason, responseModel, providerRequestId, error }),
      };
    },
    outputText: () => output.text(),
    outputChars: () => output.chars(),
  };
}
