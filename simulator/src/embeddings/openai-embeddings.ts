import { z } from "zod";
import { countTokens } from "../count-tokens.ts";
import { refuseIssue } from "../openai/refuse-issue.ts";
import { ProviderError } from "../provider-error.ts";
import { embeddingVector, toBase64, toNumbers } from "./embedding-vector.ts";
import type { EmbeddingsCall } from "./embeddings-call.ts";

const tokenList = z.array(z.int().nonnegative()).min(1);
const requestSchema = z.looseObject({
  model: z.string().min(1),
  input: z.union([z.string(), z.array(z.string()).min(1).max(2048), tokenList, z.array(tokenList).min(1)]),
  encoding_format: z.enum(["float", "base64"]).nullish(),
  dimensions: z.int().min(1).max(4096).nullish(),
});

const defaultDimensions: Record<string, number> = { "text-embedding-3-large": 3072 };

/** @throws ProviderError with OpenAI's 400 for what OpenAI does not take */
export function readOpenAiEmbeddings(body: unknown): EmbeddingsCall {
  const parsed = requestSchema.safeParse(body);
  if (!parsed.success) throw refuseIssue(parsed.error.issues, body);
  const request = parsed.data;
  if (request.dimensions != null && request.model === "text-embedding-ada-002") {
    throw new ProviderError(400, "This model does not support specifying dimensions.");
  }
  const inputs = listInputs(request.input);
  if (inputs.includes("")) {
    throw new ProviderError(400, "'$.input' is invalid: input cannot be an empty string.", {
      parameter: "input",
    });
  }
  const dimensions = request.dimensions ?? defaultDimensions[request.model] ?? 1536;
  return {
    model: request.model,
    text: inputs.map((input) => (typeof input === "string" ? input : "")).join(""),
    inputTokens: inputs.reduce(
      (sum, input) => sum + (typeof input === "string" ? countTokens(input) : input.length),
      0,
    ),
    replyBody: (usage) => ({
      object: "list",
      data: inputs.map((input, index) => {
        const vector = embeddingVector(typeof input === "string" ? input : input.join(" "), dimensions);
        const embedding = request.encoding_format === "base64" ? toBase64(vector) : toNumbers(vector);
        return { object: "embedding", index, embedding };
      }),
      model: request.model,
      ...(usage === undefined ? {} : { usage: { prompt_tokens: usage, total_tokens: usage } }),
    }),
  };
}

function listInputs(input: z.infer<typeof requestSchema>["input"]): (string | number[])[] {
  if (typeof input === "string") return [input];
  const texts: string[] = [];
  const lists: number[][] = [];
  const tokens: number[] = [];
  for (const item of input) {
    if (typeof item === "string") texts.push(item);
    else if (typeof item === "number") tokens.push(item);
    else lists.push(item);
  }
  return tokens.length > 0 ? [tokens] : [...texts, ...lists];
}
