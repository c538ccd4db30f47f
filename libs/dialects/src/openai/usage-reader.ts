import type { SluiceError } from "@sluice/contracts/sluice-error";
import type { Usage } from "@sluice/contracts/usage";
import { z } from "zod";
import type { FinishReason } from "../canonical-reply.ts";
import type { ReplyReport, UsageReader } from "../dialect.ts";
import { isObject } from "../is-object.ts";
import { createOutputText } from "../output-text.ts";
import { parseEventData } from "../parse-event-data.ts";
import { presentFields } from "../present-fields.ts";
import { readOpenaiFinishReason } from "./finish-reason.ts";
import { readOpenaiStreamError } from "./provider-error.ts";
import { openaiUsageSchema, readOpenaiUsage } from "./usage.ts";

const replySchema = z.object({
  id: z.string().nullish().catch(undefined),
  model: z.string().nullish().catch(undefined),
  usage: openaiUsageSchema.nullish().catch(undefined),
  choices: z
    .array(z.object({ finish_reason: z.string().nullish() }))
    .nullish()
    .catch(undefined),
  error: z.unknown().optional(),
});

/** What a whole reply, or one chunk, tells about itself; nothing where it has another shape. */
export function readOpenaiReport(json: unknown): ReplyReport {
  const result = replySchema.safeParse(json);
  if (!result.success) return {};
  const reply = result.data;
  const reason = reply.choices?.find((choice) => choice.finish_reason != null)?.finish_reason;
  return presentFields({
    usage: readOpenaiUsage(reply.usage),
    responseModel: reply.model,
    providerRequestId: reply.id,
    finishReason: reason == null ? undefined : readOpenaiFinishReason(reason, false),
  });
}

/** Members of a delta, and of the calls in it, that are pieces of the reply's text. */
const textMembers = new Set(["content", "reasoning_content", "reasoning", "refusal", "arguments"]);
const failureSchema = z.object({ error: z.record(z.string(), z.unknown()) });

/**
 * Looks at each chunk as `JSON.parse` gives it, which takes less time than to search its text; those with a finish
 * reason, usage or an error, as a rule three of a stream, are read by their schema.
 */
export function createOpenaiUsageReader(): UsageReader {
  const output = createOutputText();
  let usage: Usage | undefined;
  let finishReason: FinishReason | undefined;
  let responseModel: string | undefined;
  let providerRequestId: string | undefined;
  let complete = false;
  let error: SluiceError | undefined;

  function addText(value: unknown): void {
    if (Array.isArray(value)) for (const item of value) addText(item);
    else if (isObject(value)) {
      for (const name in value) {
        const member = value[name];
        if (typeof member === "object") addText(member);
        else if (typeof member === "string" && textMembers.has(name)) output.add(member);
      }
    }
  }

  function readWhole(chunk: unknown): void {
    const report = readOpenaiReport(chunk);
    usage = report.usage ?? usage;
    if (report.finishReason !== undefined) {
      finishReason = report.finishReason;
      complete = true;
    }
    const failed = failureSchema.safeParse(chunk);
    if (failed.success) error = readOpenaiStreamError(failed.data);
  }

  return {
    push({ data }) {
      if (data === "[DONE]") {
        complete = true;
        return;
      }
      const chunk = parseEventData(data);
      if (!isObject(chunk)) return;
      if (typeof chunk.model === "string") responseModel ??= chunk.model;
      if (typeof chunk.id === "string") providerRequestId ??= chunk.id;
      addText(chunk.choices);
      if (chunk.usage != null || chunk.error != null || hasFinishReason(chunk.choices)) readWhole(chunk);
    },
    result: () => ({
      complete,
      ...presentFields({ usage, finishReason, responseModel, providerRequestId, error }),
    }),
    outputText: () => output.text(),
    outputChars: () => output.chars(),
  };
}

function hasFinishReason(choices: unknown): boolean {
  return Array.isArray(choices) && choices.some((choice) => isObject(choice) && choice.finish_reason != null);
}
