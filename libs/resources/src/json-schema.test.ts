import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Ajv } from "ajv";
import { expect, test } from "vitest";
import { generatedFiles } from "./generated-files.ts";
import { kindJsonSchema, resourceJsonSchema } from "./json-schema.ts";
import { type Kind, kinds } from "./kinds/kinds.ts";

const files = generatedFiles();
const names = Object.keys(kinds) as Kind[];

/** JSON Schema as an editor knows it: what it does not know of draft 7 is no error. */
const ajv = new Ajv({ strict: false, validateFormats: false });

test.each(files.map(({ file, text }) => ({ name: file.split("/").slice(-2).join("/"), file, text })))(
  "$name is the current one (else: pnpm --filter @sluice/resources generate)",
  ({ file, text }) => {
    const published = readFileSync(file, "utf8");
    // JSON is formatted after it is written.
    const plain = (json: string) => (file.endsWith(".json") ? JSON.stringify(JSON.parse(json)) : json);
    expect(plain(published)).toBe(plain(text));
  },
);

test("no schema is published that is not generated any more", () => {
  const folder = fileURLToPath(new URL("../../../schemas/", import.meta.url));
  const published = readdirSync(folder).map((name) => folder + name);
  expect(published.filter((file) => !files.some((generated) => generated.file === file))).toEqual([]);
});

const retryingService = {
  apiVersion: "sluice.dev/v1",
  kind: "ExternalService",
  metadata: { name: "weather" },
  spec: { hosts: ["weather.example"], ports: [{ number: 443, protocol: "HTTPS" }], retries: { attempts: 2 } },
};

test.each([
  ["of its kind", kindJsonSchema("ExternalService")],
  ["of any resource", resourceJsonSchema()],
])("the schema %s takes a resource and refuses another key in it", (_of, schema) => {
  const validate = ajv.compile(schema);
  expect(validate(retryingService)).toBe(true);
  const { spec } = retryingService;
  expect(validate({ ...retryingService, spec: { ...spec, retries: { attempt: 2 } } })).toBe(false);
  expect(validate({ ...retryingService, spec: { ports: spec.ports } })).toBe(false);
});

test("the schema of any resource goes by the kind", () => {
  const validate = ajv.compile(resourceJsonSchema());
  expect(validate({ ...retryingService, kind: "RouteTable" })).toBe(false);
  expect(validate({ ...retryingService, kind: "Sevrice" })).toBe(false);
  expect(validate({ ...retryingService, apiVersion: "v1" })).toBe(false);
});

test.each(names)("every field of %s has a description", (kind) => {
  expect(undescribed(kindJsonSchema(kind), kind)).toEqual([]);
});

type JsonSchema = ReturnType<typeof kindJsonSchema>;

/** Paths of the fields that say nothing of themselves. */
function undescribed(schema: JsonSchema, path: string): string[] {
  const parts = [schema.items, schema.additionalProperties].filter(
    (part): part is JsonSchema => typeof part === "object" && !Array.isArray(part),
  );
  const fields = Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    if (typeof field !== "object") return [];
    const own = `${path}.${name}`;
    return [...(field.description === undefined ? [own] : []), ...undescribed(field, own)];
  });
  return [...fields, ...parts.flatMap((part) => undescribed(part, `${path}[]`))];
}
