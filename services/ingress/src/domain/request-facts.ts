import { isUtf8 } from "node:buffer";
import type { Feedback } from "@sluice/contracts/feedback-event";
import type { PromptChoice } from "@sluice/contracts/prompt-choice";
import { SluiceError } from "@sluice/contracts/sluice-error";
import type { Endpoint } from "@sluice/dialects/endpoint";
import { z } from "zod";
import { readFeedback } from "./feedback-facts.ts";
import { jsonDepthExceeds, parseJsonBody } from "./json-fault.ts";
import { type PromptRules, readPromptChoice } from "./prompt-facts.ts";

/** The few facts of a body that the steps need. */
export interface RequestFacts {
  /** Empty where a prompt template is to say it. */
  model: string;
  stream: boolean;
  /** Most output tokens that the client asks for, where it says so. */
  maxOutputTokens?: number;
  /** The prompt template that it uses. */
  prompt?: PromptChoice;
  /** What it says about a reply, where that is what it is for. */
  feedback?: Feedback;
}

const bodySchema = z.looseObject({
  model: z.string().min(1).max(256).optional(),
  stream: z.boolean().nullish(),
  // What is wrong with these says the provider.
  max_tokens: z.int().nonnegative().max(1e9).nullish().catch(undefined),
  max_completion_tokens: z.int().nonnegative().max(1e9).nullish().catch(undefined),
});

/**
 * Parses a body once: refuses what is malformed, and takes the facts that the endpoint's path does not give.
 * @throws SluiceError `invalid_json` or `invalid_request`, the latter with the field at fault as `parameter`
 */
export function readRequestFacts(
  endpoint: Endpoint,
  body: Buffer,
  maxJsonDepth: number,
  promptRules: PromptRules,
): RequestFacts {
  if (endpoint.operation === "http") {
    refuseDeepJson(body, maxJsonDepth);
    return { model: "", stream: false };
  }
  if (endpoint.operation === "models") return { model: endpoint.model ?? "", stream: false };
  if (!isUtf8(body)) throw new SluiceError("invalid_json", "The request body is not valid UTF-8.");
  const text = body.toString("utf8");
  // Before it is parsed: 32 MB of brackets keep the engine's parser busy for seconds.
  if (jsonDepthExceeds(text, maxJsonDepth)) throw tooDeep(maxJsonDepth);
  const json = parseJsonBody(text);
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new SluiceError("invalid_request", "The request body must be a JSON object.");
  }
  if (endpoint.operation === "feedback") return { model: "", stream: false, feedback: readFeedback(json) };
  const parsed = bodySchema.safeParse(json);
  if (!parsed.success) throw faultIn(parsed.error);
  const prompt = endpoint.operation === "chat" ? readPromptChoice(json, promptRules) : undefined;
  const model = endpoint.model ?? parsed.data.model ?? "";
  if (model === "" && prompt === undefined) {
    throw new SluiceError("invalid_request", "The field model is missing.", { parameter: "model" });
  }
  const maxOutputTokens = parsed.data.max_completion_tokens ?? parsed.data.max_tokens;
  return {
    model,
    stream: endpoint.stream ?? parsed.data.stream ?? false,
    ...(maxOutputTokens === undefined || maxOutputTokens === null ? {} : { maxOutputTokens }),
    ...(prompt === undefined ? {} : { prompt }),
  };
}

const openingBrackets = [0x5b, 0x7b];

/** What is forwarded may be anything; where it begins as JSON, later steps will read it as that. */
function refuseDeepJson(body: Buffer, maxJsonDepth: number): void {
  const first = body.find((byte) => byte > 0x20);
  if (first === undefined || !openingBrackets.includes(first)) return;
  // In Latin-1 every byte is a character, and brackets, quotes and escapes are what they are in UTF-8.
  if (jsonDepthExceeds(body.toString("latin1"), maxJsonDepth)) throw tooDeep(maxJsonDepth);
}

function tooDeep(maxJsonDepth: number): SluiceError {
  return new SluiceError("invalid_request", `The request body is nested deeper than ${maxJsonDepth} levels.`);
}

function faultIn(error: z.ZodError): SluiceError {
  const parameter = String(error.issues[0]?.path[0] ?? "");
  const mustBe = parameter === "stream" ? "true or false" : "a string of 1 to 256 characters";
  return new SluiceError("invalid_request", `The field ${parameter} must be ${mustBe}.`, { parameter });
}
