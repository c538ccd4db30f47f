import { z } from "zod";

/** The providers that the simulator plays. Each has its own paths, keys, bodies and headers. */
export const providerNameSchema = z.enum(["openai", "anthropic", "gemini"]);
export type ProviderName = z.infer<typeof providerNameSchema>;
