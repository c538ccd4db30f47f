import type { TargetFacts } from "../dialect.ts";
import { applySplices, findTopLevelFields, type Splice } from "../top-level-fields.ts";

const asked = '{"include_usage":true}';
const watched = new Set(["model", "stream_options"]);

/** Whether a `stream_options` value asks for usage. */
function asksForUsage(valueText: string): boolean {
  const value: unknown = JSON.parse(valueText);
  return (
    typeof value === "object" &&
    value !== null &&
    (value as { include_usage?: unknown }).include_usage === true
  );
}

/** Whether a body, for certain, names this model and no other one: there is nothing to look for in it then. */
function namesOnly(body: string, model: string): boolean {
  const field = /"model"\s*:\s*"([^"\\]*)"/.exec(body);
  if (field?.[1] !== model || body.indexOf('"model"') !== field.index) return false;
  // A name can be written with escapes too.
  return !body.includes('"model"', field.index + 1) && !body.includes("\\u");
}

/** The same options with `include_usage` set; other options, known or not, are kept. */
function withUsage(valueText: string): string {
  const value: unknown = JSON.parse(valueText);
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? JSON.stringify({ ...value, include_usage: true })
    : asked;
}

/**
 * Names the provider's model and, in streams, asks for usage. Of a name that stands twice, every one is
 * changed, since parsers differ in which they take.
 */
export function prepareOpenaiBody(body: string, facts: TargetFacts): string {
  if (!facts.stream && namesOnly(body, facts.providerModel)) return body;
  const { fields, closingBrace, empty } = findTopLevelFields(body, watched);
  const splices: Splice[] = [];
  const model = JSON.stringify(facts.providerModel);
  let hasOptions = false;
  let hasModel = false;
  for (const { name, valueOffset, valueLength } of fields) {
    const valueText = body.slice(valueOffset, valueOffset + valueLength);
    if (name === "model") {
      hasModel = true;
      if (JSON.parse(valueText) !== facts.providerModel) {
        splices.push({ offset: valueOffset, length: valueLength, text: model });
      }
    } else if (facts.stream) {
      hasOptions = true;
      if (!asksForUsage(valueText)) {
        splices.push({ offset: valueOffset, length: valueLength, text: withUsage(valueText) });
      }
    }
  }
  const added = [
    // A route may ask for a model that its clients need not name.
    ...(hasModel ? [] : [`"model":${model}`]),
    ...(facts.stream && facts.operation === "chat" && !hasOptions ? [`"stream_options":${asked}`] : []),
  ];
  if (added.length > 0) {
    splices.push({ offset: closingBrace, length: 0, text: `${empty ? "" : ","}${added.join(",")}` });
  }
  return applySplices(body, splices);
}

export function openaiClientAskedForUsage(body: string): boolean {
  if (!body.includes('"include_usage"')) return false;
  const last = findTopLevelFields(body, new Set(["stream_options"])).fields.at(-1);
  return (
    last !== undefined && asksForUsage(body.slice(last.valueOffset, last.valueOffset + last.valueLength))
  );
}

/** The chunk that is there only for `include_usage`: usage, and no choice. */
export function isOpenaiUsageOnlyChunk(data: string): boolean {
  if (!/"choices"\s*:\s*\[\s*\]/.test(data) || !/"usage"\s*:\s*\{/.test(data)) return false;
  const chunk = JSON.parse(data) as { choices?: unknown; usage?: unknown };
  return (
    Array.isArray(chunk.choices) &&
    chunk.choices.length === 0 &&
    typeof chunk.usage === "object" &&
    chunk.usage !== null
  );
}
