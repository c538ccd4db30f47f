import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { ClientDialect } from "./raw-request.ts";

/** A code as docs/errors.md tells of it. */
export interface DocumentedError {
  code: string;
  status: number;
  isRetryable: boolean;
  openai: { type: string; code: string };
  anthropic: string;
  gemini: string;
}

const page = readFileSync(fileURLToPath(new URL("../../docs/errors.md", import.meta.url)), "utf8");

/** The rows of the table of all codes. */
export function documentedErrors(): DocumentedError[] {
  return rowsWith(7).map(
    ([code = "", status, again, openaiType = "", openaiCode = "", anthropic = "", gemini = ""]) => ({
      code,
      status: Number(status),
      isRetryable: again === "yes",
      openai: { type: openaiType, code: openaiCode },
      anthropic,
      gemini,
    }),
  );
}

/** The codes that are explained. */
export function explainedCodes(): string[] {
  return rowsWith(3).map(([code = ""]) => code);
}

/** Rows of so many cells that begin with a code; the marks of code are taken off. */
function rowsWith(cells: number): string[][] {
  return page
    .split("\n")
    .filter((line) => /^\| `[a-z_]+` /.test(line))
    .map((line) => line.slice(1, line.lastIndexOf("|")).split("|"))
    .filter((row) => row.length === cells)
    .map((row) => row.map((cell) => cell.trim().replaceAll("`", "")));
}

/** What an error is expected to say besides what its code says. */
export interface ExpectedError {
  code: string;
  message: string;
  parameter?: string | undefined;
  retryAfterMs?: number | undefined;
  /** Where a provider's own is passed on. @default the code's */
  status?: number | undefined;
}

/** The documented words of a code. @throws for a code that the page does not have */
export function documented(code: string): DocumentedError {
  const row = documentedErrors().find((candidate) => candidate.code === code);
  if (row === undefined) throw new Error(`docs/errors.md has no ${code}`);
  return row;
}

/** The whole body of an error, by what docs/errors.md says. @param requestId of the answer's header */
export function expectedBody(
  dialect: ClientDialect,
  expected: ExpectedError,
  requestId: string | null,
): unknown {
  const { code, message, parameter, retryAfterMs } = expected;
  const words = documented(code);
  switch (dialect) {
    case "openai":
      return {
        error: { message, type: words.openai.type, param: parameter ?? null, code: words.openai.code },
      };
    case "anthropic": {
      const named =
        parameter === undefined || message.includes(parameter) ? message : `${parameter}: ${message}`;
      return { type: "error", error: { type: words.anthropic, message: named }, request_id: requestId };
    }
    case "gemini": {
      const detail = (type: string, fields: object) => ({
        "@type": `type.googleapis.com/google.rpc.${type}`,
        ...fields,
      });
      const details = [
        detail("ErrorInfo", { reason: code.toUpperCase(), domain: "sluice" }),
        detail("RequestInfo", { requestId }),
      ];
      if (parameter !== undefined) {
        const fieldViolations = [{ field: parameter, description: message }];
        details.push(detail("BadRequest", { fieldViolations }));
      }
      if (retryAfterMs !== undefined)
        details.push(detail("RetryInfo", { retryDelay: `${retryAfterMs / 1000}s` }));
      return { error: { code: expected.status ?? words.status, message, status: words.gemini, details } };
    }
  }
}
