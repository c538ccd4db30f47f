import type { z } from "zod";
import { kindJsonSchema } from "./json-schema.ts";
import { apiVersion, type Kind, kinds } from "./kinds/kinds.ts";

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** A field as the reference shows it; all texts are Markdown. */
interface Field {
  path: string;
  type: string;
  /** What it is when it is left out; empty where its description says so, or nothing is. */
  byDefault: string;
  description: string;
}

const beginning = `# Resources: reference

<!-- Generated: pnpm --filter @sluice/resources generate -->

All fields of all kinds, made of the schemas that read them. What resources are for and how they work together: [resources.md](resources.md). The same for editors: [schemas/resource.schema.json](../schemas/resource.schema.json), and a schema for each kind beside it.

Paths of fields begin in \`spec\`. \`[]\` stands for each entry of a list, \`*\` for each name of a map. Durations are written \`500ms\`, \`30s\`, \`10m\`, \`1h\`, \`30d\`. Regular expressions are in RE2's syntax (no look-around, no back-references).
`;

/** The reference page of all kinds, as Markdown. */
export function resourcesReference(): string {
  const names = Object.keys(kinds) as Kind[];
  return [beginning, everyResource(), ...names.map(sectionOf)].join("\n");
}

function everyResource(): string {
  const { metadata } = propertiesOf(kindJsonSchema("Secret"));
  return `## Every resource

\`apiVersion: ${apiVersion}\`, its \`kind\`, \`metadata\` and \`spec\`.

${tableOf(metadata === undefined ? [] : fieldsOf(metadata, "metadata"))}`;
}

function sectionOf(kind: Kind): string {
  const schema = kindJsonSchema(kind);
  const { spec } = propertiesOf(schema);
  return `## ${kind}

${schema.description}

${tableOf(spec === undefined ? [] : fieldsOf(spec, ""))}`;
}

function tableOf(fields: readonly Field[]): string {
  const rows = fields.map(({ path, type, byDefault, description }) =>
    [`\`${path}\``, type, byDefault, description].map((cell) => cell.replaceAll("|", "\\|")).join(" | "),
  );
  return ["| field | type | default | |", "|---|---|---|---|", ...rows.map((row) => `| ${row} |`), ""].join(
    "\n",
  );
}

/** The fields of an object, each followed by those in it. */
function fieldsOf(schema: JsonSchema, path: string): Field[] {
  const required = new Set(schema.required);
  return Object.entries(propertiesOf(schema)).flatMap(([name, field]) => {
    const own = path === "" ? name : `${path}.${name}`;
    const row: Field = {
      path: own,
      type: typeOf(field),
      byDefault: required.has(name) ? "required" : defaultOf(field),
      description: field.description ?? "",
    };
    return [row, ...fieldsWithin(field, own)];
  });
}

/** The fields of what is in a list or a map too. */
function fieldsWithin(schema: JsonSchema, path: string): Field[] {
  const [one] = oneOrSeveral(schema);
  if (one !== undefined) return fieldsWithin(one, path);
  const item = itemOf(schema);
  if (item !== undefined) return fieldsWithin(item, `${path}[]`);
  const value = entryOf(schema);
  if (value !== undefined) return fieldsWithin(value, `${path}.*`);
  return fieldsOf(schema, path);
}

function typeOf(schema: JsonSchema, many = false): string {
  const [one, several] = oneOrSeveral(schema);
  if (one !== undefined && several !== undefined) return `${typeOf(one)}, or ${typeOf(several)}`;
  const item = itemOf(schema);
  if (item !== undefined) return `${many ? "lists" : "list"} of ${typeOf(item, true)}`;
  const value = schema.title === undefined ? entryOf(schema) : undefined;
  if (value !== undefined) return `${many ? "maps" : "map"} of ${typeOf(value, true)}`;
  if (schema.enum !== undefined) return schema.enum.map((choice) => `\`${choice}\``).join(", ");
  const name = schema.title ?? (schema.format === "uri" ? "URL" : String(schema.type));
  return `${name}${many ? "s" : ""}${rangeOf(schema)}`;
}

function rangeOf({ type, minimum, maximum }: JsonSchema): string {
  if (type !== "integer" || minimum === undefined || maximum === undefined) return "";
  return `, ${minimum} to ${maximum}`;
}

function defaultOf({ default: value }: JsonSchema): string {
  // Of an object its fields say what is when they are left out.
  if (value === undefined || JSON.stringify(value) === "{}") return "";
  return `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
}

function propertiesOf({ properties = {} }: JsonSchema): Record<string, JsonSchema> {
  return Object.fromEntries(
    Object.entries(properties).flatMap(([name, field]) => (typeof field === "object" ? [[name, field]] : [])),
  );
}

/** What may stand as it is, or as a list of such. */
function oneOrSeveral({ anyOf = [], title }: JsonSchema): (JsonSchema | undefined)[] {
  const [one, several] = anyOf.filter((form) => typeof form === "object");
  return title === undefined && several?.type === "array" ? [one, several] : [];
}

function itemOf({ items }: JsonSchema): JsonSchema | undefined {
  return typeof items === "object" && !Array.isArray(items) ? items : undefined;
}

function entryOf({ additionalProperties: value }: JsonSchema): JsonSchema | undefined {
  return typeof value === "object" ? value : undefined;
}
