import type { DialectName } from "@sluice/contracts/dialect-name";
import { anthropicDialect } from "./anthropic/anthropic-dialect.ts";
import type { Dialect } from "./dialect.ts";
import { geminiDialect } from "./gemini/gemini-dialect.ts";
import { openaiDialect } from "./openai/openai-dialect.ts";

const dialects: Record<DialectName, Dialect> = {
  openai: openaiDialect,
  anthropic: anthropicDialect,
  gemini: geminiDialect,
};

/** Both sides of a wire format. A request is read with the client's and written with the provider's. */
export function getDialect(name: DialectName): Dialect {
  return dialects[name];
}
