import { readFileSync } from "node:fs";
import * as conventions from "@opentelemetry/semantic-conventions/incubating";
import { expect, test } from "vitest";
import {
  genAiAttributes,
  generalAttributes,
  operationNames,
  providerNames,
  semanticConventionsVersion,
  sluiceAttributes,
  tokenTypes,
} from "./gen-ai-attributes.ts";

const published = new Set<unknown>(Object.values(conventions));

test("the names are those of the pinned release of the conventions", () => {
  const packageFile = new URL("../package.json", import.meta.resolve("@opentelemetry/semantic-conventions"));
  const { version } = JSON.parse(readFileSync(packageFile, "utf8")) as { version: string };
  expect(version).toBe(semanticConventionsVersion);
});

test("GenAI names stay what they are", () => {
  expect(genAiAttributes).toEqual({
    operationName: conventions.ATTR_GEN_AI_OPERATION_NAME,
    providerName: conventions.ATTR_GEN_AI_PROVIDER_NAME,
    promptName: conventions.ATTR_GEN_AI_PROMPT_NAME,
    requestModel: conventions.ATTR_GEN_AI_REQUEST_MODEL,
    requestStream: conventions.ATTR_GEN_AI_REQUEST_STREAM,
    requestMaxTokens: conventions.ATTR_GEN_AI_REQUEST_MAX_TOKENS,
    responseId: conventions.ATTR_GEN_AI_RESPONSE_ID,
    responseModel: conventions.ATTR_GEN_AI_RESPONSE_MODEL,
    responseFinishReasons: conventions.ATTR_GEN_AI_RESPONSE_FINISH_REASONS,
    responseTimeToFirstChunk: conventions.ATTR_GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK,
    tokenType: conventions.ATTR_GEN_AI_TOKEN_TYPE,
    usageInputTokens: conventions.ATTR_GEN_AI_USAGE_INPUT_TOKENS,
    usageOutputTokens: conventions.ATTR_GEN_AI_USAGE_OUTPUT_TOKENS,
    usageCacheReadInputTokens: conventions.ATTR_GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS,
    usageCacheCreationInputTokens: conventions.ATTR_GEN_AI_USAGE_CACHE_CREATION_INPUT_TOKENS,
    usageReasoningOutputTokens: conventions.ATTR_GEN_AI_USAGE_REASONING_OUTPUT_TOKENS,
  });
});

test("general names are names of the conventions", () => {
  const unknown = Object.values(generalAttributes).filter((name) => !published.has(name));
  expect(unknown).toEqual([]);
});

test("fixed values are values of the conventions", () => {
  const values = [
    ...Object.values(providerNames),
    ...Object.values(tokenTypes),
    ...Object.values(operationNames),
  ];
  expect(values.filter((value) => !published.has(value))).toEqual([]);
});

test("our own names stay in our own namespace", () => {
  const outside = Object.values(sluiceAttributes).filter((name) => !/^sluice(\.[a-z_]+)+$/.test(name));
  expect(outside).toEqual([]);
});

test("no attribute that the conventions made for content is among the names", () => {
  const names: string[] = [
    ...Object.values(genAiAttributes),
    ...Object.values(generalAttributes),
    ...Object.values(sluiceAttributes),
  ];
  const content = [
    conventions.ATTR_GEN_AI_INPUT_MESSAGES,
    conventions.ATTR_GEN_AI_OUTPUT_MESSAGES,
    conventions.ATTR_GEN_AI_SYSTEM_INSTRUCTIONS,
    conventions.ATTR_GEN_AI_TOOL_CALL_ARGUMENTS,
    conventions.ATTR_GEN_AI_TOOL_CALL_RESULT,
    conventions.ATTR_GEN_AI_TOOL_DEFINITIONS,
    conventions.ATTR_GEN_AI_PROMPT,
    conventions.ATTR_GEN_AI_COMPLETION,
  ];
  expect(names.filter((name) => (content as string[]).includes(name))).toEqual([]);
});
