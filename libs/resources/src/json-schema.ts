import { z } from "zod";
import { configurationSchema } from "./configuration.ts";

/** JSON Schema of `sluice.yaml`, for editors. Draft 7, which YAML language servers know best. */
export function configurationJsonSchema(): object {
  return z.toJSONSchema(configurationSchema, { io: "input", target: "draft-07" });
}
