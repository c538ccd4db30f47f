import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { configurationJsonSchema } from "./json-schema.ts";

/** Where the published JSON Schema lies. */
export const jsonSchemaFile = fileURLToPath(new URL("../../../schemas/sluice.schema.json", import.meta.url));

// Run by `pnpm --filter @sluice/resources generate`.
if (import.meta.main)
  writeFileSync(jsonSchemaFile, `${JSON.stringify(configurationJsonSchema(), null, 2)}\n`);
