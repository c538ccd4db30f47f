import { z } from "zod";

/** Where something is processed, by a name that the administrator chooses, such as `eu` or `us-east`. */
export const regionSchema = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, "a name of lower-case letters, digits and -");

export const regionsSchema = z.array(regionSchema).min(1, "name at least one region").max(100);
