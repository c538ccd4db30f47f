import { ProviderError } from "../provider-error.ts";

/**
 * Refuses a schema that OpenAI's strict mode refuses: every object must list all of its properties as
 * required and forbid further ones.
 * @param subject How the message names the schema, e.g. "response_format 'answer'".
 */
export function refuseLooseSchema(
  schema: unknown,
  subject: string,
  parameter: string,
  context: string[] = [],
): void {
  if (typeof schema !== "object" || schema === null) return;
  if (Array.isArray(schema)) {
    schema.forEach((option, index) => {
      refuseLooseSchema(option, subject, parameter, [...context, String(index)]);
    });
    return;
  }
  const properties = Reflect.get(schema, "properties");
  if (Reflect.get(schema, "type") === "object")
    refuseLooseObject(schema, properties, subject, parameter, context);
  for (const key of ["properties", "$defs", "definitions"]) {
    const named = Reflect.get(schema, key);
    if (typeof named !== "object" || named === null) continue;
    for (const [name, inner] of Object.entries(named)) {
      refuseLooseSchema(inner, subject, parameter, [...context, key, name]);
    }
  }
  for (const key of ["items", "anyOf"]) {
    refuseLooseSchema(Reflect.get(schema, key), subject, parameter, [...context, key]);
  }
}

function refuseLooseObject(
  schema: object,
  properties: unknown,
  subject: string,
  parameter: string,
  context: string[],
): void {
  const place = `(${context.map((step) => `'${step}'`).join(", ")})`;
  const refuse = (reason: string) =>
    new ProviderError(400, `Invalid schema for ${subject}: In context=${place}, ${reason}.`, {
      code: "invalid_json_schema",
      parameter,
    });
  if (Reflect.get(schema, "additionalProperties") !== false) {
    throw refuse("'additionalProperties' is required to be supplied and to be false");
  }
  const required: unknown = Reflect.get(schema, "required");
  const missing = Object.keys(typeof properties === "object" && properties !== null ? properties : {}).find(
    (name) => !(Array.isArray(required) && required.includes(name)),
  );
  if (missing !== undefined) {
    throw refuse(
      `'required' is required to be supplied and to be an array including every key in properties. Missing '${missing}'`,
    );
  }
}
