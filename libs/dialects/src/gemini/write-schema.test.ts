import { describe, expect, it } from "vitest";
import { readGeminiSchema } from "./read-schema.ts";
import { writeGeminiSchema } from "./write-schema.ts";

const object = (properties: Record<string, unknown>, rest: Record<string, unknown> = {}) => ({
  type: "object",
  properties,
  ...rest,
});
const property = (schema: unknown) => {
  const written = writeGeminiSchema(object({ a: schema }));
  return { form: written.form, ...((written.schema.properties as Record<string, object>).a ?? {}) };
};

describe("a JSON schema for Gemini", () => {
  it("loses what Gemini refuses and keeps what it knows", () => {
    expect(
      writeGeminiSchema(
        object(
          { city: { type: "string", minLength: 1, pattern: "^[A-Z]", default: "Paris", format: "hostname" } },
          {
            $schema: "http://json-schema.org/draft-07/schema#",
            additionalProperties: false,
            required: ["city"],
          },
        ),
      ),
    ).toEqual({
      form: "schema",
      schema: {
        type: "OBJECT",
        properties: {
          city: { type: "STRING", minLength: 1, pattern: "^[A-Z]", description: '(format: "hostname")' },
        },
        propertyOrdering: ["city"],
        required: ["city"],
      },
    });
  });

  it.each([
    [{ type: ["string", "null"] }, { type: "STRING", nullable: true }],
    [{ anyOf: [{ type: "string" }, { type: "null" }] }, { type: "STRING", nullable: true }],
    [{ type: ["string", "integer"] }, { anyOf: [{ type: "STRING" }, { type: "INTEGER" }] }],
    [
      { oneOf: [{ type: "string" }, { type: "boolean" }] },
      { anyOf: [{ type: "STRING" }, { type: "BOOLEAN" }] },
    ],
    [{ const: "x" }, { type: "STRING", enum: ["x"] }],
    [{ enum: ["x", null] }, { type: "STRING", enum: ["x"], nullable: true }],
    [
      { type: "integer", enum: [1, 2] },
      { type: "INTEGER", description: "(one of [1,2])" },
    ],
    [{ enum: [1.5] }, { type: "NUMBER", description: "(one of [1.5])" }],
    [
      { type: "string", format: "date-time" },
      { type: "STRING", format: "date-time" },
    ],
    [
      { type: "number", exclusiveMinimum: 0, description: "Size" },
      { type: "NUMBER", description: "Size (exclusiveMinimum: 0)" },
    ],
    [
      { type: "array", items: { type: "string" }, uniqueItems: true },
      { type: "ARRAY", items: { type: "STRING" }, description: "(uniqueItems: true)" },
    ],
  ])("writes %j in Gemini's words", (schema, expected) => {
    expect(property(schema)).toEqual({ form: "schema", ...expected });
  });

  it("writes references and allOf out", () => {
    const $defs = {
      city: object({ name: { type: "string" } }, { required: ["name"] }),
      "odd/name": { type: "integer" },
    };
    expect(
      writeGeminiSchema(
        object(
          {
            home: { $ref: "#/$defs/city", description: "Where one lives" },
            both: {
              allOf: [{ $ref: "#/$defs/city" }, object({ zip: { type: "string" } }, { required: ["zip"] })],
            },
            count: { $ref: "#/$defs/odd~1name" },
          },
          { $defs },
        ),
      ),
    ).toEqual({
      form: "schema",
      schema: {
        type: "OBJECT",
        properties: {
          home: {
            type: "OBJECT",
            properties: { name: { type: "STRING" } },
            propertyOrdering: ["name"],
            required: ["name"],
            description: "Where one lives",
          },
          both: {
            type: "OBJECT",
            properties: { name: { type: "STRING" }, zip: { type: "STRING" } },
            propertyOrdering: ["name", "zip"],
            required: ["name", "zip"],
          },
          count: { type: "INTEGER" },
        },
        propertyOrdering: ["home", "both", "count"],
      },
    });
  });

  it.each([
    ["holds itself", object({ next: { $ref: "#" } })],
    ["is a map", object({}, { additionalProperties: { type: "string" } })],
    ["has a property of any type", object({ anything: {} })],
    ["is a tuple", object({ pair: { type: "array", prefixItems: [{ type: "string" }] } })],
    ["refers to what is not there", object({ a: { $ref: "#/$defs/missing" } })],
  ])("is given as JSON Schema where it %s", (_what, schema) => {
    expect(writeGeminiSchema({ $schema: "x", ...schema })).toEqual({ form: "json-schema", schema });
  });

  it("comes back as it went", () => {
    const schema = object(
      {
        name: { type: "string", description: "A name" },
        size: { type: ["integer", "null"], minimum: 1, maximum: 9 },
        tags: { type: "array", items: { type: "string", enum: ["a", "b"] }, maxItems: 3 },
      },
      { required: ["name"] },
    );
    expect(readGeminiSchema(writeGeminiSchema(schema).schema)).toEqual(schema);
  });
});
