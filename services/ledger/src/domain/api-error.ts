import { errorCodeSchema } from "@sluice/contracts/error-code";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { z } from "zod";

export const problemSchema = z.object({
  /** Parameter at fault. */
  parameter: z.string(),
  message: z.string(),
});
export type Problem = z.infer<typeof problemSchema>;

/** Body of every answer that is not a success. */
export const apiErrorSchema = z.object({
  error: z.object({
    code: errorCodeSchema,
    message: z.string(),
    problems: z.array(problemSchema).optional().describe("Everything that is wrong with the parameters."),
  }),
});
export type ApiErrorBody = z.infer<typeof apiErrorSchema>;

/** A question that makes no sense, with all that is wrong with it. */
export class BadParameters extends SluiceError {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    const sentences = problems.map(({ parameter, message }) => `${parameter} ${message}`);
    super("invalid_request", `The request is not valid: ${sentences.join("; ")}.`);
    this.problems = problems;
  }
}

/** The problems that a schema found, one for each parameter that is not known. */
export function problemsOf(issues: readonly z.core.$ZodIssue[]): Problem[] {
  return issues.flatMap((issue) =>
    issue.code === "unrecognized_keys"
      ? issue.keys.map((parameter) => ({ parameter, message: "is not a parameter of this list" }))
      : [{ parameter: String(issue.path[0] ?? ""), message: issue.message }],
  );
}
