import { type Feedback, maxFeedbackCommentLength } from "@sluice/contracts/feedback-event";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { closestName } from "@sluice/resources/closest-name";
import { z } from "zod";

/** Largest body of `POST /v1/feedback`, bytes: a comment of 2,000 characters, each written as an escape, and more. */
export const maxFeedbackBytes = 32 * 1024;

const bodySchema = z.strictObject({
  request_id: z.uuid().transform((id) => id.toLowerCase()),
  score: z.number().min(0).max(1),
  comment: z.string().max(maxFeedbackCommentLength).nullish(),
});

const expectations: Record<string, string> = {
  request_id: "the x-request-id of an answer",
  score: "a number from 0 to 1",
  comment: `a text of at most ${maxFeedbackCommentLength} characters`,
};

/**
 * Reads the body of `POST /v1/feedback`.
 * @param body parsed
 * @throws SluiceError `invalid_request` with the field at fault
 */
export function readFeedback(body: object): Feedback {
  const parsed = bodySchema.safeParse(body);
  if (parsed.success) {
    const { request_id: requestId, score, comment } = parsed.data;
    return { requestId, score, ...(comment === undefined || comment === null ? {} : { comment }) };
  }
  const [issue] = parsed.error.issues;
  if (issue?.code === "unrecognized_keys") {
    const key = (issue.keys[0] ?? "").slice(0, 100);
    const closest = closestName(key, Object.keys(bodySchema.shape));
    const hint = closest === undefined ? "" : ` Did you mean ${closest}?`;
    throw new SluiceError("invalid_request", `There is no field ${key}.${hint}`, { parameter: key });
  }
  const parameter = String(issue?.path[0] ?? "");
  const isMissing = !(parameter in body);
  const text = isMissing ? "is missing" : `must be ${expectations[parameter]}`;
  throw new SluiceError("invalid_request", `The field ${parameter} ${text}.`, { parameter });
}
