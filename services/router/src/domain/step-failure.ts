import { SluiceError } from "@sluice/contracts/sluice-error";
import { CelError } from "@sluice/resources/cel/cel-error";
import { TemplateRenderError } from "@sluice/templates/template-render-error";

/** Names the step of a workflow that failed; what it says besides, and how it is answered, is the failure's own. */
export function stepFailure(step: string, thrown: unknown): SluiceError {
  const error = SluiceError.from(thrown);
  return new SluiceError(error.code, `The step "${step}" failed: ${error.message}`, {
    cause: error,
    status: error.status,
    retryAfterMs: error.retryAfterMs,
  });
}

/**
 * Does what a step's expressions ask for.
 * @param what it is, as a message names it
 * @throws SluiceError `invalid_request` where the values of this request don't fit them
 */
export function evaluated<Value>(what: string, work: () => Value): Value {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof TemplateRenderError || error instanceof CelError)) throw error;
    const text = `The request does not fit ${what}: ${error.message}.`;
    throw new SluiceError("invalid_request", text, { cause: error });
  }
}
