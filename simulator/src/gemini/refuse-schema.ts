import { ProviderError } from "../provider-error.ts";
import { snakeCase } from "./normalise-request.ts";

const types = ["STRING", "NUMBER", "INTEGER", "BOOLEAN", "ARRAY", "OBJECT", "NULL", "TYPE_UNSPECIFIED"];
const stringFormats = ["enum", "date-time"];

/**
 * Refuses what the API refuses in its OpenAPI-like `Schema`, unknown names aside: lists of types, objects
 * and arrays that do not say what is in them, an enum of anything but strings.
 * @throws ProviderError
 */
export function refuseSchema(schema: unknown, place: string): void {
  if (typeof schema !== "object" || schema === null) return;
  const field = (name: string): unknown => Reflect.get(schema, name);
  const type = field("type");
  if (Array.isArray(type))
    throw invalid(
      place,
      `Invalid JSON payload received. Unknown name "type" at '${place}': Proto field is not repeating, cannot start list.`,
    );
  const typeName = typeof type === "string" ? type.toUpperCase() : undefined;
  if (typeName !== undefined && !types.includes(typeName)) {
    throw invalid(
      `${place}.type`,
      `Invalid value at '${place}.type' (type.googleapis.com/google.ai.generativelanguage.v1beta.Type), "${String(type)}"`,
    );
  }
  const options = field("enum");
  if (Array.isArray(options)) {
    if (typeName !== "STRING")
      throw invalid(place, `* GenerateContentRequest.${place}.enum: only allowed for STRING type\n`);
    const other: unknown = options.find((option) => typeof option !== "string");
    if (other !== undefined)
      throw invalid(
        `${place}.enum`,
        `Invalid value at '${place}.enum' (TYPE_STRING), ${JSON.stringify(other)}`,
      );
  }
  const format = field("format");
  if (typeName === "STRING" && typeof format === "string" && !stringFormats.includes(format)) {
    throw invalid(
      place,
      `* GenerateContentRequest.${place}.format: only 'enum' and 'date-time' are supported for STRING type\n`,
    );
  }
  if (typeName === "ARRAY" && field("items") === undefined) {
    throw invalid(place, `* GenerateContentRequest.${place}.items: missing field.\n`);
  }
  if (typeName === "OBJECT") refuseObject(field("properties"), field("required"), place);
  refuseSchema(field("items"), `${place}.items`);
  for (const name of ["anyOf", "properties"]) {
    const inner = field(name);
    if (typeof inner !== "object" || inner === null) continue;
    Object.values(inner).forEach((option: unknown, index) => {
      refuseSchema(option, `${place}.${snakeCase(name)}[${index}]${name === "properties" ? ".value" : ""}`);
    });
  }
}

function refuseObject(properties: unknown, required: unknown, place: string): void {
  const names = typeof properties === "object" && properties !== null ? Object.keys(properties) : [];
  if (names.length === 0) {
    throw invalid(
      place,
      `* GenerateContentRequest.${place}.properties: should be non-empty for OBJECT type\n`,
    );
  }
  const index = Array.isArray(required) ? required.findIndex((name) => !names.includes(String(name))) : -1;
  if (index !== -1) {
    throw invalid(place, `* GenerateContentRequest.${place}.required[${index}]: property is not defined\n`);
  }
}

function invalid(field: string, description: string): ProviderError {
  return new ProviderError(400, description, { violations: [{ field, description }] });
}
