import { z } from "zod";
import { type ErrorCode, errorCodeSchema, errorCodes } from "./error-code.ts";

/** An error as it crosses the bus: what the client may see and nothing else. */
export const errorReportSchema = z.object({
  code: errorCodeSchema,
  /** Safe for the client: no prompt, no key, no internals. */
  message: z.string(),
  retryAfterMs: z.int().nonnegative().optional(),
  /** The field or header at fault. */
  parameter: z.string().optional(),
  /** Replaces the code's own status where a provider's is passed on. */
  status: z.int().min(400).max(599).optional(),
  /** `WWW-Authenticate` of the answer: how to say who one is. */
  challenge: z.string().optional(),
  /** Further headers of the answer, lower case. */
  headers: z.record(z.string(), z.string()).optional(),
});
export type ErrorReport = z.infer<typeof errorReportSchema>;

export interface SluiceErrorOptions {
  /** What went wrong underneath. Stays in the process, for the log. */
  cause?: unknown;
  /** @default undefined (no `Retry-After`) */
  retryAfterMs?: number | undefined;
  parameter?: string | undefined;
  /** HTTP status in place of the code's own, 400 to 599. */
  status?: number | undefined;
  /** `WWW-Authenticate` of the answer. @default undefined (no such header) */
  challenge?: string | undefined;
  /** Further headers of the answer, lower case. @default undefined (none) */
  headers?: Readonly<Record<string, string>> | undefined;
}

/** The one error class of the mesh. `message` is public. */
export class SluiceError extends Error {
  override readonly name = "SluiceError";
  readonly code: ErrorCode;
  readonly status: number;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  readonly parameter: string | undefined;
  readonly challenge: string | undefined;
  readonly headers: Readonly<Record<string, string>> | undefined;

  constructor(code: ErrorCode, message: string, options: SluiceErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.status = options.status ?? errorCodes[code].status;
    this.retryable = errorCodes[code].retryable;
    this.retryAfterMs = options.retryAfterMs;
    this.parameter = options.parameter;
    this.challenge = options.challenge;
    this.headers = options.headers;
  }

  /** Takes whatever was thrown: a SluiceError as it is, all else as `internal` with nothing told. */
  static from(thrown: unknown): SluiceError {
    if (thrown instanceof SluiceError) return thrown;
    return new SluiceError("internal", "An internal error occurred.", { cause: thrown });
  }

  static fromReport(report: ErrorReport): SluiceError {
    return new SluiceError(report.code, report.message, report);
  }

  toReport(): ErrorReport {
    const report: ErrorReport = { code: this.code, message: this.message };
    if (this.status !== errorCodes[this.code].status) report.status = this.status;
    if (this.retryAfterMs !== undefined) report.retryAfterMs = this.retryAfterMs;
    if (this.parameter !== undefined) report.parameter = this.parameter;
    if (this.challenge !== undefined) report.challenge = this.challenge;
    if (this.headers !== undefined) report.headers = { ...this.headers };
    return report;
  }
}
