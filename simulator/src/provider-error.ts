export interface ProviderErrorOptions {
  /** The provider's own code, where it has one (`invalid_api_key`, `API_KEY_INVALID`). */
  code?: string | undefined;
  /** The field at fault, in the provider's own notation. */
  parameter?: string | undefined;
  /** Seconds that the caller is asked to wait; may be a fraction. */
  retryAfterSeconds?: number | undefined;
  /** Gemini's list of fields at fault. */
  violations?: readonly { field: string; description: string }[] | undefined;
}

/** An answer other than success. Each dialect renders it as its provider would. */
export class ProviderError extends Error {
  override readonly name = "ProviderError";
  readonly status: number;
  readonly code: string | undefined;
  readonly parameter: string | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly violations: readonly { field: string; description: string }[];

  constructor(status: number, message: string, options: ProviderErrorOptions = {}) {
    super(message);
    this.status = status;
    this.code = options.code;
    this.parameter = options.parameter;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.violations = options.violations ?? [];
  }
}
