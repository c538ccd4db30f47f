import { z } from "zod";
import { closestName } from "./closest-name.ts";
import { literalSecretMessage } from "./configuration.ts";
import type { ConfigurationPath, ConfigurationProblem } from "./configuration-problem.ts";
import type { YamlSource } from "./yaml-source.ts";

/** Says where in the file and in which words each finding of a zod schema stands. */
export function schemaProblems(
  source: YamlSource,
  schema: z.core.$ZodType,
  issues: readonly z.core.$ZodIssue[],
): ConfigurationProblem[] {
  return issues.flatMap((issue) => problemsOf(source, [], schema, issue));
}

/** @param base Path of what `schema` checks; the issue's path begins there. */
function problemsOf(
  source: YamlSource,
  base: ConfigurationPath,
  schema: z.core.$ZodType,
  issue: z.core.$ZodIssue,
): ConfigurationProblem[] {
  const inner = issue.path.map((step) => (typeof step === "number" ? step : String(step)));
  const path = [...base, ...inner];
  switch (issue.code) {
    case "unrecognized_keys": {
      const known = [...knownKeys(schemaAt(schema, inner))];
      return issue.keys.map((key) =>
        source.problemAtKey([...path, key], `there is no such key${suggestion(key, known)}`),
      );
    }
    case "invalid_union":
      return unionProblems(source, path, schemaAt(schema, inner), issue);
    case "invalid_key":
      return [source.problemAtKey(path, `the name must be ${issue.issues[0]?.message ?? "another"}`)];
    case "invalid_type":
      return [source.problemAt(path, typeMessage(issue, valueAt(source.value, path)))];
    case "invalid_value":
      return [source.problemAt(path, valueMessage(issue, valueAt(source.value, path)))];
    case "custom":
      return [source.problemAt(path, issue.message)];
    case "too_small":
    case "too_big":
      return [source.problemAt(path, rangeMessage(issue))];
    case "invalid_format":
    case "invalid_element":
    case "not_multiple_of":
      return [source.problemAt(path, expectation(issue.message))];
  }
}

/** Of several forms that a value may have, the one it comes closest to is the one that was meant. */
function unionProblems(
  source: YamlSource,
  path: ConfigurationPath,
  schema: z.core.$ZodType | undefined,
  issue: z.core.$ZodIssueInvalidUnion,
): ConfigurationProblem[] {
  const forms = schema instanceof z.ZodUnion ? schema.options : [];
  const [closest] = issue.errors
    .map((issues, index) => ({ issues, form: forms[index] }))
    .toSorted(
      (a, b) =>
        Number(isOfOtherKind(a.issues)) - Number(isOfOtherKind(b.issues)) ||
        a.issues.length - b.issues.length,
    );
  if (!issue.message.startsWith("Invalid input") || closest?.form === undefined) {
    return [source.problemAt(path, expectation(issue.message))];
  }
  const { form, issues } = closest;
  return issues.flatMap((inner) => problemsOf(source, path, form, inner));
}

/** Whether a form is for another kind of value altogether, such as a text where a list stands. */
function isOfOtherKind(issues: readonly z.core.$ZodIssue[]): boolean {
  return issues.some(
    ({ path, code }) => path.length === 0 && (code === "invalid_type" || code === "invalid_union"),
  );
}

/** `; did you mean "x"?` when one of the candidates is close, else nothing. */
export function suggestion(name: string, candidates: Iterable<string>): string {
  const closest = closestName(name, candidates);
  return closest === undefined ? "" : `; did you mean ${JSON.stringify(closest)}?`;
}

function typeMessage(issue: z.core.$ZodIssueInvalidType, value: unknown): string {
  // A message of the schema's own says more than the name of a type.
  const isOwn = !issue.message.startsWith("Invalid input");
  if (value === undefined)
    return isOwn && issue.message.startsWith("is missing") ? issue.message : "is missing";
  if (isOwn) return expectation(issue.message);
  if (issue.expected === "int" && typeof value === "number") return "must be a whole number";
  return `must be ${typeNames[issue.expected] ?? issue.expected}, not ${describeValue(value)}`;
}

function valueMessage(issue: z.core.$ZodIssueInvalidValue, value: unknown): string {
  if (value === undefined) return "is missing";
  const names = issue.values.map(String);
  const hint = typeof value === "string" ? suggestion(value, names) : "";
  return `must be ${names.length > 1 ? "one of " : ""}${names.join(", ")}${hint}`;
}

function rangeMessage(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): string {
  if (!issue.message.startsWith("Too ")) return expectation(issue.message);
  const [bound, limit] =
    issue.code === "too_small" ? ["at least", issue.minimum] : ["at most", issue.maximum];
  const unit = { string: " characters long", array: " entries long" }[issue.origin as "string"] ?? "";
  return `must be ${bound} ${limit}${unit}`;
}

/** Messages that a schema gives as a noun ("a duration with its unit") become a sentence; others stay. */
function expectation(message: string): string {
  if (/^(an?|at|the name) /.test(message) && message !== literalSecretMessage) return `must be ${message}`;
  return message.replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase());
}

const typeNames: Record<string, string> = {
  object: "a map of keys and values",
  record: "a map of keys and values",
  array: "a list",
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
};

/** The kind of a value, never the value: it may be a secret. */
function describeValue(value: unknown): string {
  if (value === null) return "empty";
  if (Array.isArray(value)) return "a list";
  return (
    { string: "a text", number: "a number", boolean: "true or false", object: "a map" }[
      typeof value as "string"
    ] ?? "that"
  );
}

function valueAt(value: unknown, path: ConfigurationPath): unknown {
  return path.reduce<unknown>(
    (parent, step) => (parent as Record<string, unknown> | null | undefined)?.[step],
    value,
  );
}

/** The part of a schema that checks what stands at a path. */
function schemaAt(schema: z.core.$ZodType | undefined, path: ConfigurationPath): z.core.$ZodType | undefined {
  const inner = unwrap(schema);
  const [step, ...rest] = path;
  if (step === undefined || inner === undefined) return inner;
  if (inner instanceof z.ZodUnion) {
    return inner.options
      .map((form) => schemaAt(form as z.core.$ZodType, path))
      .find((found) => found !== undefined);
  }
  if (inner instanceof z.ZodArray) return schemaAt(inner.element, rest);
  if (inner instanceof z.ZodRecord) return schemaAt(inner.valueType, rest);
  if (inner instanceof z.ZodObject) return schemaAt(inner.shape[step] as z.core.$ZodType | undefined, rest);
  return undefined;
}

function unwrap(schema: z.core.$ZodType | undefined): z.core.$ZodType | undefined {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    return unwrap(schema.unwrap());
  }
  return schema instanceof z.ZodPipe ? unwrap(schema.in) : schema;
}

function knownKeys(schema: z.core.$ZodType | undefined): Iterable<string> {
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((form) => [...knownKeys(unwrap(form))]);
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}
