import { wordAt } from "./words.ts";

const maxDepth = 16;

type Schema = Record<string, unknown>;

/**
 * A value that fits a JSON Schema, the same for the same seed. Understands what the providers' structured
 * output does: types (also Gemini's upper-case ones), enum, const, anyOf/oneOf/allOf, local $ref, formats,
 * lengths and ranges. `pattern` is not followed.
 */
export function fitSchema(schema: unknown, seed: number): unknown {
  return fit(schema, { root: schema, seed }, 0);
}

interface Context {
  root: unknown;
  seed: number;
}

function fit(schema: unknown, context: Context, depth: number): unknown {
  if (!isSchema(schema) || depth > maxDepth) return null;
  if ("const" in schema) return schema.const;
  if (Array.isArray(schema.enum)) return schema.enum[context.seed % schema.enum.length];
  if (typeof schema.$ref === "string") return fit(resolve(schema.$ref, context.root), context, depth + 1);
  for (const key of ["anyOf", "oneOf"] as const) {
    const options = schema[key];
    if (Array.isArray(options)) {
      // The deeper, the sooner a recursion should end: its null or its scalar is among the options.
      const shallow =
        depth > 4 ? options.find((option) => isSchema(option) && !("$ref" in option)) : undefined;
      return fit(shallow ?? options[0], context, depth + 1);
    }
  }
  if (Array.isArray(schema.allOf)) {
    return fit(Object.assign({}, schema, { allOf: undefined }, ...schema.allOf), context, depth + 1);
  }
  return fitType(schema, context, depth);
}

function fitType(schema: Schema, context: Context, depth: number): unknown {
  switch (typeOf(schema)) {
    case "object":
      return fitObject(schema, context, depth);
    case "array":
      return fitArray(schema, context, depth);
    case "integer":
      return fitNumber(schema, 1);
    case "number":
      return fitNumber(schema, 0.5);
    case "boolean":
      return true;
    case "null":
      return null;
    default:
      return fitString(schema, context.seed + depth);
  }
}

function typeOf(schema: Schema): string {
  const declared: unknown = Array.isArray(schema.type)
    ? (schema.type.find((type) => type !== "null") ?? "null")
    : schema.type;
  if (typeof declared === "string") return declared.toLowerCase();
  if ("properties" in schema) return "object";
  return "items" in schema ? "array" : "string";
}

function fitObject(schema: Schema, context: Context, depth: number): Record<string, unknown> {
  if (!isSchema(schema.properties)) return {};
  const required = Array.isArray(schema.required) ? schema.required : [];
  const fitted: Record<string, unknown> = {};
  Object.entries(schema.properties).forEach(([name, property], index) => {
    if (depth > 4 && !required.includes(name)) return;
    fitted[name] = fit(property, { ...context, seed: context.seed + index }, depth + 1);
  });
  return fitted;
}

function fitArray(schema: Schema, context: Context, depth: number): unknown[] {
  if (Array.isArray(schema.prefixItems))
    return schema.prefixItems.map((item) => fit(item, context, depth + 1));
  const length = Math.max(depth > 4 ? 0 : 1, numberOf(schema.minItems) ?? 0);
  return Array.from({ length }, (_unused, index) =>
    fit(schema.items, { ...context, seed: context.seed + index }, depth + 1),
  );
}

function fitNumber(schema: Schema, step: number): number {
  const minimum = numberOf(schema.minimum) ?? minimumAbove(schema, step) ?? 1;
  const maximum = numberOf(schema.maximum) ?? numberOf(schema.exclusiveMaximum) ?? Number.POSITIVE_INFINITY;
  const value = minimum >= maximum ? maximum - step : minimum;
  const multiple = numberOf(schema.multipleOf);
  return multiple === undefined ? value : Math.ceil(value / multiple) * multiple;
}

function minimumAbove(schema: Schema, step: number): number | undefined {
  const bound = numberOf(schema.exclusiveMinimum);
  return bound === undefined ? undefined : bound + step;
}

const formats: Record<string, string> = {
  "date-time": "2026-01-15T09:30:00Z",
  date: "2026-01-15",
  time: "09:30:00Z",
  email: "someone@example.com",
  uri: "https://example.com/page",
  url: "https://example.com/page",
  uuid: "018f4e2a-7c1b-7d2e-9f3a-1b2c3d4e5f60",
  ipv4: "192.0.2.1",
};

function fitString(schema: Schema, seed: number): string {
  const formatted = typeof schema.format === "string" ? formats[schema.format] : undefined;
  const text = formatted ?? wordAt(seed, 0).trim();
  return text.padEnd(numberOf(schema.minLength) ?? 0, "x").slice(0, numberOf(schema.maxLength));
}

/** Gemini's Schema writes int64 bounds as strings. */
function numberOf(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  return typeof value === "string" && value !== "" ? Number(value) : undefined;
}

function resolve(reference: string, root: unknown): unknown {
  let found: unknown = root;
  for (const step of reference.split("/").slice(1)) {
    found = isSchema(found) ? found[step.replaceAll("~1", "/").replaceAll("~0", "~")] : undefined;
  }
  return found;
}

function isSchema(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
