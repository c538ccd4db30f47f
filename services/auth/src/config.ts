import { z } from "zod";

/** Auth has no settings of its own beside those that every service has. */
export const authConfigSchema = z.object({});
export type AuthConfig = z.infer<typeof authConfigSchema>;
