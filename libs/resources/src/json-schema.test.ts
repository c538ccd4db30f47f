import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { configurationJsonSchema } from "./json-schema.ts";
import { jsonSchemaFile } from "./write-json-schema.ts";

test("the published JSON Schema is the current one (else: pnpm --filter @sluice/resources generate)", () => {
  expect(JSON.parse(readFileSync(jsonSchemaFile, "utf8"))).toEqual(
    JSON.parse(JSON.stringify(configurationJsonSchema())),
  );
});
