import { z } from "zod";
import { configurationSchema } from "./configuration.ts";
import { apiVersion, type Kind, kinds } from "./kinds/kinds.ts";
import { resourceSchema } from "./kinds/resource-schema.ts";

/** Draft 7, which YAML language servers know best. */
const draft = { io: "input", target: "draft-07" } as const;
const draftUrl = "http://json-schema.org/draft-07/schema#";

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** JSON Schema of `sluice.yaml`, for editors. */
export function configurationJsonSchema(): JsonSchema {
  const schema = z.toJSONSchema(configurationSchema, draft);
  const { models } = schema.properties ?? {};
  if (typeof models !== "object" || typeof models.items !== "object" || Array.isArray(models.items)) {
    throw new Error("the schema of a configuration has no list of models");
  }
  const { required = [], ...model } = models.items;
  const written = { ...model, required: required.filter((key) => key !== "backend") };
  return {
    ...schema,
    properties: { ...schema.properties, models: { ...models, items: withShortForm(written) } },
  };
}

/** A model may be its name alone. The schema that reads the file sees it written out. */
function withShortForm(model: JsonSchema): JsonSchema {
  const description = "The name of the model, or BACKEND/NAME.";
  return { anyOf: [{ type: "string", minLength: 1, pattern: "^[^*\\s]*\\*?$", description }, model] };
}

/** JSON Schema of the resources of one kind. */
export function kindJsonSchema(kind: Kind): JsonSchema {
  const { $schema, ...schema } = z.toJSONSchema(resourceSchema(kind), draft);
  return {
    ...($schema === undefined ? {} : { $schema }),
    title: kind,
    description: kinds[kind].description ?? kind,
    ...schema,
  };
}

/** JSON Schema of a resource of any kind: its `kind` says which of the schemas it goes by. */
export function resourceJsonSchema(): JsonSchema {
  const names = Object.keys(kinds) as Kind[];
  return {
    $schema: draftUrl,
    title: "Resource",
    description: `A resource of ${apiVersion}.`,
    type: "object",
    properties: {
      apiVersion: { const: apiVersion, description: "Group and version of Sluice's own kinds." },
      kind: { enum: names, description: "What it is." },
    },
    required: ["apiVersion", "kind", "metadata", "spec"],
    allOf: names.map((kind) => ({
      if: { properties: { kind: { const: kind } }, required: ["kind"] },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema; nothing awaits it.
      then: { $ref: `#/definitions/${kind}` },
    })),
    definitions: Object.fromEntries(
      names.map((kind) => {
        const { $schema: _draft, ...schema } = kindJsonSchema(kind);
        return [kind, schema];
      }),
    ),
  };
}
