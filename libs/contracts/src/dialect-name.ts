import { z } from "zod";

/** The wire formats that clients and providers speak. */
export const dialectNames = ["openai", "anthropic", "gemini"] as const;
export const dialectNameSchema = z.enum(dialectNames);
export type DialectName = z.infer<typeof dialectNameSchema>;

/**
 * What a request asks for. `chat` and `embeddings` are values of `gen_ai.operation.name`; `models` lists what the key may
 * use; `feedback` says how good a reply was; `http` is any other request, which goes to the destination of its route.
 */
export const operations = ["chat", "embeddings", "models", "feedback", "http"] as const;
export const operationSchema = z.enum(operations);
export type Operation = z.infer<typeof operationSchema>;
