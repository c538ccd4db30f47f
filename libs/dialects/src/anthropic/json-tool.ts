import type { CanonicalResponseFormat } from "../canonical-request.ts";

/**
 * The tool that a model is made to call where the API has no other way to hold it to JSON. Its name tells
 * the readers of replies that its input is the answer's text, so they need to know nothing of the request.
 */
export const jsonToolName = "sluice_json_answer";

export function jsonTool(format: CanonicalResponseFormat) {
  return {
    name: jsonToolName,
    description:
      format.type === "json-schema" && format.description !== undefined
        ? format.description
        : "Give the answer. Its input is the whole answer to the user.",
    input_schema:
      format.type === "json-schema" ? format.schema : { type: "object", additionalProperties: true },
  };
}
