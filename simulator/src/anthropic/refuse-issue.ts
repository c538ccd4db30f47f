import { deepestIssue, type Issue, valueAt } from "../deepest-issue.ts";
import { ProviderError } from "../provider-error.ts";

/** The 400 of Anthropic for a body that does not fit its schema. */
export function refuseIssue(issues: readonly Issue[], body: unknown): ProviderError {
  const issue = deepestIssue(issues);
  if (issue === undefined) return new ProviderError(400, "The request body is not valid.");
  const place = issue.path.map(String).join(".");
  return new ProviderError(400, place === "" ? describe(issue, body) : `${place}: ${describe(issue, body)}`);
}

function describe(issue: Issue, body: unknown): string {
  const value = valueAt(body, issue.path);
  if (value === undefined) return "Field required";
  switch (issue.code) {
    case "invalid_type":
      return `Input should be ${typeNames[issue.expected] ?? `a valid ${issue.expected}`}`;
    case "invalid_value":
      return `Input should be ${orList(issue.values.map((option) => `'${String(option)}'`))}`;
    case "invalid_union":
      return "options" in issue && Array.isArray(issue.options)
        ? `Input tag '${String(value)}' found using 'type' does not match any of the expected tags: ${issue.options.map((option) => `'${String(option)}'`).join(", ")}`
        : "Input should be a valid string or list";
    case "invalid_format":
      return `String should match pattern '${(issue.pattern ?? "").slice(1, -1)}'`;
    case "too_small":
      return `Input should be greater than or equal to ${issue.minimum}`;
    case "too_big":
      return `Input should be less than or equal to ${issue.maximum}`;
    case "custom":
    case "invalid_element":
    case "invalid_key":
    case "not_multiple_of":
    case "unrecognized_keys":
      return "Input is not valid";
  }
}

const typeNames: Record<string, string> = {
  object: "an object",
  record: "an object",
  array: "a valid list",
  int: "a valid integer",
  number: "a valid number",
  string: "a valid string",
  boolean: "a valid boolean",
};

function orList(options: readonly string[]): string {
  if (options.length < 2) return options.join("");
  return `${options.slice(0, -1).join(", ")} or ${options.at(-1) ?? ""}`;
}
