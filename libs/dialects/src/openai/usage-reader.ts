import type { SluiceError } from "@sluice/contracts/sluice-error";
import type { Usage } from "@sluice/contracts/usage";
import { z } from "zod";
import type { FinishReason } from "../canonical-reply.ts";
import type { ReplyReport, UsageReader } from "../dialect.ts";
import { createOutputText } from "../output-text.ts";
import { presentFields } from "../present-fields.ts";
import { readStringField, readStringFields } from "../string-field.ts";
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

const textFields = ["content", "reasoning_content", "reasoning", "refusal", "arguments"];

/** Parses the first chunk, those with a finish reason or usage, and errors: as a rule three of a stream. */
export function createOpenaiUsageReader(): UsageReader {
  const output = createOutputText();
  let usage: Usage | undefined;
  let finishReason: FinishReason | undefined;
  let responseModel: string | undefined;
  let providerRequestId: string | undefined;
  let complete = false;
  let error: SluiceError | undefined;

  function readWhole(data: string): void {
    let json: unknown;
    try {
      json = JSON.parse(data);
    } catch {
      // The client gets the bytes as they are and will see for itself.
      return;
    }
    const report = readOpenaiReport(json);
    usage = report.usage ?? usage;
    if (report.finishReason !== undefined) {
      finishReason = report.finishReason;
      complete = true;
    }
    const failed = z.object({ error: z.record(z.string(), z.unknown()) }).safeParse(json);
    if (failed.success) error = readOpenaiStreamError(failed.data);
  }

  return {
    push({ data }) {
      if (data === "[DONE]") {
        complete = true;
        return;
      }
      responseModel ??= readStringField(data, "model");
      providerRequestId ??= readStringField(data, "id");
      for (const field of textFields) {
        if (!data.includes(`"${field}"`)) continue;
        for (const text of readStringFields(data, field)) output.add(text);
      }
      if (/"usage"\s*:\s*\{|"finish_reason"\s*:\s*"|"error"\s*:/.test(data)) readWhole(data);
    },
    result: () => ({
      complete,
      ...presentFields({ usage, finishReason, responseModel, providerRequestId, error }),
    }),
    outputText: () => output.text(),
    outputChars: () => output.chars(),
  };
}
