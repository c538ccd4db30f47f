import { bracketPath, deepestIssue, type Issue, valueAt } from "../deepest-issue.ts";
import { ProviderError } from "../provider-error.ts";

/** The 400 of OpenAI for a body that does not fit its schema. */
export function refuseIssue(issues: readonly Issue[], body: unknown): ProviderError {
  const issue = deepestIssue(issues);
  if (issue === undefined || issue.path.length === 0) {
    return new ProviderError(400, "Invalid request body: expected an object.", { code: "invalid_type" });
  }
  const parameter = bracketPath(issue.path);
  const value = valueAt(body, issue.path);
  if (value === undefined) {
    const message = `Missing required parameter: '${parameter}'.`;
    return new ProviderError(400, message, { code: "missing_required_parameter", parameter });
  }
  const [message, code] = describe(issue, parameter, value);
  return new ProviderError(400, message, { code, parameter });
}

function describe(issue: Issue, parameter: string, value: unknown): [message: string, code: string] {
  switch (issue.code) {
    case "invalid_type":
      return [
        `Invalid type for '${parameter}': expected ${aType(issue.expected)}, but got ${nameOf(value)} instead.`,
        "invalid_type",
      ];
    case "invalid_value":
      return [
        `Invalid value: ${quote(value)}. Supported values are: ${issue.values.map(quote).join(", ")}.`,
        "invalid_value",
      ];
    case "invalid_union": {
      const options = "options" in issue && Array.isArray(issue.options) ? issue.options : [];
      if (options.length === 0) {
        return [
          `Invalid type for '${parameter}': expected one of the supported types, but got ${nameOf(value)} instead.`,
          "invalid_type",
        ];
      }
      return [
        `Invalid value: ${quote(value)}. Supported values are: ${options.map(quote).join(", ")}.`,
        "invalid_value",
      ];
    }
    case "invalid_format":
      return [
        `Invalid '${parameter}': string does not match pattern. Expected a string that matches the pattern '${pattern(issue)}'.`,
        "invalid_value",
      ];
    case "too_small":
      return issue.origin === "array"
        ? [
            `Invalid '${parameter}': empty array. Expected an array with minimum length ${issue.minimum}, but got an empty array instead.`,
            "empty_array",
          ]
        : [
            `Invalid '${parameter}': below minimum value. Expected a value >= ${issue.minimum}, but got ${quote(value)} instead.`,
            "integer_below_min_value",
          ];
    case "too_big":
      return [
        `Invalid '${parameter}': above maximum value. Expected a value <= ${issue.maximum}, but got ${quote(value)} instead.`,
        "integer_above_max_value",
      ];
    case "custom":
    case "invalid_element":
    case "invalid_key":
    case "not_multiple_of":
    case "unrecognized_keys":
      return [`Invalid value for '${parameter}'.`, "invalid_value"];
  }
}

function pattern(issue: Issue): string {
  return issue.code === "invalid_format" && typeof issue.pattern === "string"
    ? issue.pattern.slice(1, -1)
    : "";
}

function quote(value: unknown): string {
  return typeof value === "string" ? `'${value}'` : JSON.stringify(value);
}

function aType(expected: string): string {
  return /^[aeiou]/.test(expected) ? `an ${expected}` : `a ${expected}`;
}

function nameOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  return aType(Number.isInteger(value) ? "integer" : typeof value);
}
