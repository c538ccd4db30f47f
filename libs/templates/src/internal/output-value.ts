import { JsonText } from "./json-text.ts";
import { plainValue } from "./plain-value.ts";
import { RenderFailure } from "./render-failure.ts";

/**
 * What an output of a template gives. Text of the template reaches the emitter as a string and a value as one of
 * these, so no text that a value holds can be taken for the template's.
 */
export class OutputValue {
  readonly value: unknown;

  constructor(value: unknown) {
    this.value = value;
  }

  /** As text: a string as it is, `null` as nothing, numbers and booleans in words, all else as JSON. */
  text(): string {
    const { value } = this;
    if (typeof value === "string") return value;
    if (value === null) return "";
    if (typeof value === "number" || typeof value === "boolean") return String(value);
    return this.json();
  }

  /** As one JSON value. */
  json(): string {
    const { value } = this;
    const json: string | undefined = value instanceof JsonText ? value.toString() : JSON.stringify(value);
    if (json === undefined)
      throw new RenderFailure("failed", "gives something that JSON does not have", true);
    return json;
  }
}

/** Runs as the last filter of every output. */
export function toOutputValue(result: unknown): OutputValue {
  const plain = plainValue(result);
  if (plain === undefined) throw new RenderFailure("missing_value", "gives no value", true);
  if (typeof plain === "number" && !Number.isFinite(plain)) {
    throw new RenderFailure("failed", "gives a number that is not finite", true);
  }
  return new OutputValue(plain);
}
