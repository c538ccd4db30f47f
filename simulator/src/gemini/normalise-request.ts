import { type KnownMessage, knownFields } from "./known-fields.ts";

export interface Violation {
  field: string;
  description: string;
}

type Fields = Record<string, unknown>;

/** Which fields of a message are messages themselves: alone, repeated, or as the values of a map. */
const nested: Partial<Record<KnownMessage, Record<string, KnownMessage>>> = {
  request: { contents: "content", systemInstruction: "content", generationConfig: "generationConfig" },
  generationConfig: { responseSchema: "schema", thinkingConfig: "thinkingConfig" },
  content: { parts: "part" },
  part: { functionCall: "functionCall", functionResponse: "functionResponse" },
  functionDeclaration: { parameters: "schema", response: "schema" },
  schema: { items: "schema", anyOf: "schema" },
};

const spellings = new Map<KnownMessage, Map<string, string>>();
for (const message of Object.keys(knownFields) as KnownMessage[]) {
  const names = new Map<string, string>();
  for (const name of knownFields[message]) {
    names.set(name, name);
    names.set(snakeCase(name), name);
  }
  spellings.set(message, names);
}

/** `functionDeclarations` as `function_declarations`. */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/**
 * Gives a `GenerateContentRequest` its camelCase names, and lists every name that the API does not know,
 * with its place in the API's own notation.
 */
export function normaliseRequest(body: Fields): { request: Fields; violations: Violation[] } {
  const violations: Violation[] = [];
  const request = normalise(body, "request", "", violations);
  if (Array.isArray(request.tools)) {
    request.tools = request.tools.map((tool: unknown, index) =>
      normaliseTool(tool, `tools[${index}]`, violations),
    );
  }
  return { request, violations };
}

function normaliseTool(tool: unknown, place: string, violations: Violation[]): unknown {
  if (!isFields(tool)) return tool;
  const declarations = tool.functionDeclarations ?? tool.function_declarations;
  if (!Array.isArray(declarations)) return tool;
  return {
    ...tool,
    functionDeclarations: declarations.map((declaration: unknown, index) =>
      isFields(declaration)
        ? normalise(
            declaration,
            "functionDeclaration",
            `${place}.function_declarations[${index}]`,
            violations,
          )
        : declaration,
    ),
  };
}

function normalise(value: Fields, message: KnownMessage, place: string, violations: Violation[]): Fields {
  const names = spellings.get(message);
  const normalised: Fields = {};
  for (const [given, field] of Object.entries(value)) {
    const name = names?.get(given);
    if (name === undefined) {
      violations.push(unknownName(given, place));
      continue;
    }
    const inner = nested[message]?.[name];
    const fieldPlace = place === "" ? snakeCase(name) : `${place}.${snakeCase(name)}`;
    if (inner !== undefined) normalised[name] = normaliseField(field, inner, fieldPlace, violations);
    else if (message === "schema" && name === "properties") {
      normalised[name] = normaliseMap(field, fieldPlace, violations);
    } else normalised[name] = field;
  }
  return normalised;
}

function normaliseField(
  field: unknown,
  message: KnownMessage,
  place: string,
  violations: Violation[],
): unknown {
  if (Array.isArray(field)) {
    return field.map((item: unknown, index) =>
      normaliseField(item, message, `${place}[${index}]`, violations),
    );
  }
  return isFields(field) ? normalise(field, message, place, violations) : field;
}

function normaliseMap(field: unknown, place: string, violations: Violation[]): unknown {
  if (!isFields(field)) return field;
  return Object.fromEntries(
    Object.entries(field).map(([name, schema], index) => [
      name,
      normaliseField(schema, "schema", `${place}[${index}].value`, violations),
    ]),
  );
}

function unknownName(name: string, place: string): Violation {
  const at = place === "" ? "" : ` at '${place}'`;
  return {
    field: place,
    description: `Invalid JSON payload received. Unknown name "${name}"${at}: Cannot find field.`,
  };
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
