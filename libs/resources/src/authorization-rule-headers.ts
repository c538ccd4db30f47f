import type { ASTNode } from "@marcbachmann/cel-js";
import { CelError } from "./cel/cel-error.ts";
import { expressionsIn, writtenText } from "./cel/cel-parts.ts";

/** Headers that hold keys and tokens: a rule has no business with these. */
const secretHeaders = new Set([
  "authorization",
  "proxy-authorization",
  "cookie",
  "x-api-key",
  "api-key",
  "x-goog-api-key",
]);

/**
 * The headers that a rule speaks of, lower case: auth is told no others.
 * @throws CelError where it speaks of headers without naming one, or of one that holds a secret
 */
export function headersOfRule(rule: ASTNode): string[] {
  const found = new Set<string>();
  collect(rule, found);
  return [...found];
}

function collect(node: ASTNode, found: Set<string>): void {
  const name = namedHeader(node);
  if (name !== undefined) {
    checkHeader(name);
    found.add(name);
    return;
  }
  if (isHeaders(node)) {
    throw new CelError('a header must be named, as request.headers["x-name"]');
  }
  if (node.op === "id" && node.args === "request") {
    throw new CelError("of request one field must be named, such as request.path");
  }
  // What is before the dot of a field is that field's, and no use of the whole.
  const inner = node.op === "." && isRequest(node.args[0]) ? [] : expressionsIn(node.args);
  for (const child of inner) collect(child, found);
}

/** `request.headers.x`, `request.headers["x"]` and `"x" in request.headers`. */
function namedHeader(node: ASTNode): string | undefined {
  if (node.op === "." && isHeaders(node.args[0])) return node.args[1];
  const [left, right] = node.op === "[]" || node.op === "in" ? node.args : [];
  if (node.op === "[]" && left !== undefined && isHeaders(left)) return writtenText(right);
  if (node.op === "in" && right !== undefined && isHeaders(right)) return writtenText(left);
  return undefined;
}

function checkHeader(name: string): void {
  if (name !== name.toLowerCase()) {
    throw new CelError(`names of headers are in lower case here: ${name.toLowerCase()}`);
  }
  if (secretHeaders.has(name)) {
    throw new CelError(`the header ${name} holds a key or a token, which rules are not told`);
  }
}

function isHeaders(node: ASTNode): boolean {
  return node.op === "." && node.args[1] === "headers" && isRequest(node.args[0]);
}

function isRequest(node: ASTNode): boolean {
  return node.op === "id" && node.args === "request";
}
