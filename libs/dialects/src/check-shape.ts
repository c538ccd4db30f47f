import { SluiceError } from "@sluice/contracts/sluice-error";
import type { z } from "zod";

/** A JSON path as clients know it: `messages[0].content`. */
export function joinPath(base: string, keys: readonly PropertyKey[]): string {
  let path = base;
  for (const key of keys) {
    if (typeof key === "number") path += `[${key}]`;
    else path += path === "" ? String(key) : `.${String(key)}`;
  }
  return path;
}

type Issue = z.core.$ZodIssue;

/** Of a union's branches, the one that got furthest says best what is wrong. */
function mostSpecific(issue: Issue, prefix: PropertyKey[] = []): { path: PropertyKey[]; message: string } {
  const path = [...prefix, ...issue.path];
  if (issue.code !== "invalid_union") return { path, message: issue.message };
  let best: { path: PropertyKey[]; message: string } | undefined;
  for (const branch of issue.errors) {
    const first = branch[0];
    if (first === undefined) continue;
    const found = mostSpecific(first, path);
    if (best === undefined || found.path.length > best.path.length) best = found;
  }
  return best !== undefined && best.path.length > path.length ? best : { path, message: issue.message };
}

/**
 * Checks a part of a client's request.
 * @param path where the value stands in the body; "" for the body itself.
 * @throws SluiceError `invalid_request` naming the first thing that is wrong.
 */
export function checkClientShape<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  path: string,
): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const found = issue === undefined ? { path: [], message: "Invalid input" } : mostSpecific(issue);
  const at = joinPath(path, found.path);
  throw new SluiceError(
    "invalid_request",
    `Invalid request at ${at === "" ? "the body" : at}: ${found.message}.`,
    {
      parameter: at === "" ? undefined : at,
    },
  );
}

/**
 * Checks what a provider sent. The public message tells the place and not the value.
 * @throws SluiceError `provider_invalid_reply`.
 */
export function checkProviderShape<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const at = issue === undefined ? "" : joinPath("", mostSpecific(issue).path);
  throw new SluiceError(
    "provider_invalid_reply",
    `The provider's reply has an unexpected shape${at === "" ? "" : ` at ${at}`}.`,
  );
}

/**
 * Parses the data of a provider's stream event.
 * @throws SluiceError `provider_invalid_reply`.
 */
export function parseProviderJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, which may be a model's answer.
    throw new SluiceError("provider_invalid_reply", "The provider sent an event that is not JSON.");
  }
}
