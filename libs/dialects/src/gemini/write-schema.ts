import type { JsonSchema } from "../canonical-request.ts";
import { isObject } from "../is-object.ts";

/** A schema for Gemini: in its own form where that can say it, else as JSON Schema, which newer models take. */
export type WrittenSchema = { form: "schema" | "json-schema"; schema: Record<string, unknown> };

/** Thrown and caught here only: Gemini's own form has no words for this schema. */
class NotExpressible extends Error {}

function resolveReference(reference: string, root: JsonSchema): Record<string, unknown> {
  if (!reference.startsWith("#")) throw new NotExpressible();
  let target: unknown = root;
  for (const step of reference
    .slice(1)
    .split("/")
    .filter((part) => part !== "")) {
    const key = decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~");
    target = isObject(target) ? target[key] : undefined;
  }
  if (!isObject(target)) throw new NotExpressible();
  return target;
}

/** One schema of all that `allOf` lists: properties and requirements together, later words before earlier ones. */
function mergeAllOf(schema: JsonSchema, root: JsonSchema): JsonSchema {
  const { allOf, ...rest } = schema;
  if (!Array.isArray(allOf)) return schema;
  const merged: JsonSchema = { ...rest };
  for (const entry of allOf) {
    if (!isObject(entry)) throw new NotExpressible();
    const { $ref: reference, ...own } = mergeAllOf(entry, root);
    const part = typeof reference === "string" ? { ...resolveReference(reference, root), ...own } : own;
    for (const [keyword, value] of Object.entries(part)) {
      const before = merged[keyword];
      if (keyword === "properties" && isObject(before) && isObject(value)) {
        merged[keyword] = { ...before, ...value };
      } else if (keyword === "required" && Array.isArray(before) && Array.isArray(value)) {
        merged[keyword] = [...new Set([...before, ...value])];
      } else {
        merged[keyword] = value;
      }
    }
  }
  return merged;
}

const numberFormats = new Set(["float", "double", "int32", "int64"]);
const kept = new Set([
  "title",
  "minimum",
  "maximum",
  "minItems",
  "maxItems",
  "minLength",
  "maxLength",
  "minProperties",
  "maxProperties",
  "pattern",
  "required",
]);
/** Words that hold nobody to anything. */
const dropped = new Set([
  "$schema",
  "$id",
  "$comment",
  "$defs",
  "definitions",
  "default",
  "examples",
  "additionalProperties",
]);

/** `enum` in Gemini's form is of strings only. */
function writeEnum(values: unknown[], written: Record<string, unknown>, notes: string[]): void {
  const present = values.filter((value) => value !== null);
  if (present.length < values.length) written.nullable = true;
  if (present.every((value) => typeof value === "string")) {
    written.type = "STRING";
    written.enum = present;
    return;
  }
  notes.push(`one of ${JSON.stringify(present)}`);
  if (written.type !== undefined) return;
  const types = new Set(present.map((value) => typeof value));
  if (types.size === 1 && types.has("number")) written.type = "NUMBER";
  else if (types.size === 1 && types.has("boolean")) written.type = "BOOLEAN";
  else throw new NotExpressible();
}

function writeObject(
  schema: JsonSchema,
  written: Record<string, unknown>,
  convert: (child: unknown) => unknown,
): void {
  const properties = isObject(schema.properties) ? schema.properties : {};
  const names = Object.keys(properties);
  // A map of any names, or an object of which nothing is said.
  if (names.length === 0 || isObject(schema.additionalProperties)) throw new NotExpressible();
  written.properties = Object.fromEntries(
    Object.entries(properties).map(([name, child]) => [name, convert(child)]),
  );
  written.propertyOrdering = names;
}

/** Variants, the null among them taken out as `nullable`. @returns whether the schema is nothing else. */
function writeVariants(
  variants: unknown[],
  written: Record<string, unknown>,
  convert: (child: unknown) => Record<string, unknown>,
): void {
  const others = variants.filter((variant) => !(isObject(variant) && variant.type === "null"));
  if (others.length < variants.length) written.nullable = true;
  const [only, ...more] = others.map(convert);
  if (only === undefined) throw new NotExpressible();
  if (more.length === 0) Object.assign(written, { ...only, ...written });
  else written.anyOf = [only, ...more];
}

function convertSchema(
  value: unknown,
  root: JsonSchema,
  openReferences: readonly string[],
): Record<string, unknown> {
  if (!isObject(value)) throw new NotExpressible();
  if (typeof value.$ref === "string") {
    const reference = value.$ref;
    // A schema that holds itself cannot be written out.
    if (openReferences.includes(reference)) throw new NotExpressible();
    const { $ref: _reference, ...own } = value;
    const target = { ...resolveReference(reference, root), ...own };
    return convertSchema(target, root, [...openReferences, reference]);
  }
  const schema = mergeAllOf(value, root);
  const convert = (child: unknown) => convertSchema(child, root, openReferences);
  const written: Record<string, unknown> = {};
  const notes: string[] = [];
  let type = schema.type;
  if (Array.isArray(type)) {
    const types = type.filter((name) => name !== "null");
    if (types.length < type.length) written.nullable = true;
    if (types.length > 1) {
      const { type: _types, ...rest } = schema;
      writeVariants(
        types.map((name) => ({ ...rest, type: name as unknown })),
        written,
        convert,
      );
      return written;
    }
    type = types[0];
  }
  if (typeof type === "string") {
    if (type === "null") throw new NotExpressible();
    written.type = type.toUpperCase();
  }
  for (const [keyword, word] of Object.entries(schema)) {
    if (dropped.has(keyword) || ["type", "description", "properties"].includes(keyword)) continue;
    if (kept.has(keyword)) written[keyword] = word;
    else if (keyword === "items" && isObject(word)) written.items = convert(word);
    else if ((keyword === "anyOf" || keyword === "oneOf") && Array.isArray(word))
      writeVariants(word, written, convert);
    else if (keyword === "enum" && Array.isArray(word)) writeEnum(word, written, notes);
    else if (keyword === "const") writeEnum([word], written, notes);
    else if (keyword === "format" && (word === "date-time" || numberFormats.has(String(word))))
      written.format = word;
    else notes.push(`${keyword}: ${JSON.stringify(word)}`);
  }
  if (written.type === "OBJECT") writeObject(schema, written, convert);
  if (written.type === "ARRAY" && written.items === undefined) throw new NotExpressible();
  if (written.type === undefined && written.anyOf === undefined) throw new NotExpressible();
  // What the form cannot say is still told to the model.
  const description = [schema.description, notes.length === 0 ? undefined : `(${notes.join("; ")})`]
    .filter((text) => typeof text === "string" && text !== "")
    .join(" ");
  if (description !== "") written.description = description;
  return written;
}

/**
 * Writes a JSON schema for Gemini. Its own form, which all models take, knows no references, no open maps
 * and few formats: references are written out, constraints without a word go into the description. A schema
 * that cannot be said so (one that holds itself, a map, a value of any type) is given as JSON Schema.
 */
export function writeGeminiSchema(schema: JsonSchema): WrittenSchema {
  try {
    return { form: "schema", schema: convertSchema(schema, schema, []) };
  } catch (thrown) {
    if (!(thrown instanceof NotExpressible)) throw thrown;
    const { $schema: _dialect, ...rest } = schema;
    return { form: "json-schema", schema: rest };
  }
}
