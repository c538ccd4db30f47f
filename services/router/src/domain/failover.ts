import type { ErrorCode } from "@sluice/contracts/error-code";
import type { SluiceError } from "@sluice/contracts/sluice-error";

/** Failures that say that the target is not well, whatever it is asked for. */
const targetFailures: ReadonlySet<ErrorCode> = new Set([
  "provider_unreachable",
  "provider_timeout",
  "provider_rate_limited",
  "provider_error",
  "provider_credential",
  "provider_invalid_reply",
  "provider_stream_cut",
]);

/** Failures of one request at one target: it is too long for its model, against its rules, or nothing that it can do. */
const requestFailures: ReadonlySet<ErrorCode> = new Set([
  "provider_context_exceeded",
  "provider_content_refused",
  "unsupported_feature",
]);

/** A model that the target doesn't have, or has no more. */
const noSuchModel = 404;

/** Refusals of a request, which say that the target is well. */
const answers: ReadonlySet<ErrorCode> = new Set([
  "provider_rejected",
  "provider_context_exceeded",
  "provider_content_refused",
]);

/** Whether a target has answered by refusing. */
export function isAnswer({ code }: SluiceError): boolean {
  return answers.has(code);
}

/** Whether a target is to be held responsible for a failure. */
export function isTargetFailure({ code }: SluiceError): boolean {
  return targetFailures.has(code);
}

/** Whether another target may answer where one has failed. What the client did wrong is wrong everywhere. */
export function otherTargetMayAnswer(error: SluiceError): boolean {
  const { code, status } = error;
  return (
    isTargetFailure(error) ||
    requestFailures.has(code) ||
    (code === "provider_rejected" && status === noSuchModel)
  );
}
