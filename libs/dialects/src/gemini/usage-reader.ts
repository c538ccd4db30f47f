import type { SluiceError } from "@sluice/contracts/sluice-error";
import { z } from "zod";
import type { ReplyReport, UsageReader } from "../dialect.ts";
import { createOutputText } from "../output-text.ts";
import { parseEventData } from "../parse-event-data.ts";
import { presentFields } from "../present-fields.ts";
import { readStringField, readStringFields } from "../string-field.ts";
import { readGeminiFinishReason } from "./finish-reason.ts";
import { readGeminiStreamError } from "./provider-error.ts";
import { geminiUsageSchema, readGeminiUsage } from "./usage.ts";

const replySchema = z.object({
  usageMetadata: geminiUsageSchema.nullish().catch(undefined),
  modelVersion: z.string().nullish().catch(undefined),
  responseId: z.string().nullish().catch(undefined),
  candidates: z
    .array(z.object({ finishReason: z.string().nullish() }))
    .nullish()
    .catch(undefined),
});

/** What a whole reply, or one piece, tells about itself; nothing where it has another shape. */
export function readGeminiReport(json: unknown): ReplyReport {
  const result = replySchema.safeParse(json);
  if (!result.success) return {};
  const { usageMetadata, modelVersion, responseId, candidates } = result.data;
  const reason = candidates?.find((candidate) => candidate.finishReason != null)?.finishReason;
  return presentFields({
    usage: readGeminiUsage(usageMetadata),
    responseModel: modelVersion,
    providerRequestId: responseId,
    finishReason: reason == null ? undefined : readGeminiFinishReason(reason, false),
  });
}

/** The arguments of calls are objects, which the text of a reply cannot be cut out of. */
const callSchema = z.object({
  candidates: z.array(
    z.object({ content: z.object({ parts: z.array(z.object({ functionCall: z.unknown().optional() })) }) }),
  ),
});

/** Every piece carries the usage so far, so only the last one that does is parsed. */
export function createGeminiUsageReader(): UsageReader {
  const output = createOutputText();
  let lastWithUsage: string | undefined;
  let lastWithFinish: string | undefined;
  let responseModel: string | undefined;
  let providerRequestId: string | undefined;
  let error: SluiceError | undefined;

  function addText(data: string): void {
    for (const text of readStringFields(data, "text")) output.add(text);
    if (!data.includes('"functionCall"')) return;
    const calls = callSchema.safeParse(parseEventData(data));
    for (const candidate of calls.data?.candidates ?? []) {
      for (const { functionCall } of candidate.content.parts) {
        if (functionCall !== undefined) output.add(JSON.stringify(functionCall));
      }
    }
  }

  return {
    push({ data }) {
      if (data.includes('"usageMetadata"')) lastWithUsage = data;
      if (data.includes('"finishReason"') || data.includes('"blockReason"')) lastWithFinish = data;
      responseModel ??= readStringField(data, "modelVersion");
      providerRequestId ??= readStringField(data, "responseId");
      addText(data);
      if (!data.includes('"error"')) return;
      const failed = z.object({ error: z.record(z.string(), z.unknown()) }).safeParse(parseEventData(data));
      if (failed.success) error = readGeminiStreamError(failed.data);
    },
    result() {
      const usage =
        lastWithUsage === undefined ? undefined : readGeminiReport(parseEventData(lastWithUsage)).usage;
      const finishReason =
        lastWithFinish === undefined
          ? undefined
          : readGeminiReport(parseEventData(lastWithFinish)).finishReason;
      const complete = lastWithFinish !== undefined;
      return {
        complete,
        // What a piece in the middle tells may leave out the output.
        ...(usage !== undefined && !complete ? { usageIsPartial: true } : {}),
        ...presentFields({ usage, finishReason, responseModel, providerRequestId, error }),
      };
    },
    outputText: () => output.text(),
    outputChars: () => output.chars(),
  };
}
