import type { z } from "zod";

/** One thing that is wrong with a body, and where. */
export type Issue = z.core.$ZodIssue;

/**
 * The issue to tell the caller of: the first one, and within a union the branch that was followed the
 * furthest, since that is the one the caller meant.
 */
export function deepestIssue(issues: readonly Issue[]): Issue | undefined {
  const [first] = issues;
  if (first?.code !== "invalid_union" || first.errors.length === 0) return first;
  let best: Issue | undefined;
  for (const branch of first.errors) {
    const issue = deepestIssue(branch);
    if (issue !== undefined && (best === undefined || issue.path.length > best.path.length)) best = issue;
  }
  if (best === undefined || best.path.length === 0) return first;
  return { ...best, path: [...first.path, ...best.path] };
}

/** `a[0].b`, as OpenAI and Gemini write it. */
export function bracketPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((written, step) => {
    if (typeof step === "number") return `${written}[${step}]`;
    return written === "" ? String(step) : `${written}.${String(step)}`;
  }, "");
}

/** The value at a path, or undefined. */
export function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let value = root;
  for (const step of path) {
    value = typeof value === "object" && value !== null ? Reflect.get(value, step) : undefined;
  }
  return value;
}
