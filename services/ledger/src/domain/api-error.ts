import { errorCodeSchema } from "@sluice/contracts/error-code";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { z } from "zod";

export const problemSchema = z.object({
  /** Parameter at fault. */
  parameter: z.string(),
  message: z.string(),
});
export type Problem = z.infer<typeof problemSchema>;

/** The codes of the mesh, and what only the ledger's API has. */
export const apiErrorCodeSchema = z.enum([...errorCodeSchema.options, "already_running"]);

/** Body of every answer that is not a success. */
export const apiErrorSchema = z.object({
  error: z.object({
    code: apiErrorCodeSchema,
    message: z.string(),
    problems: z
      .array(problemSchema)
      .optional()
      .describe("What is wrong with the parameters or the body, the first twenty at most."),
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

/** Nobody reads more: a statement may have a hundred thousand rows with the same fault. */
const mostProblems = 20;

/** The problems that a schema found in parameters, one for each parameter that is not known. */
export function problemsOf(issues: readonly z.core.$ZodIssue[]): Problem[] {
  return issues.flatMap((issue) =>
    issue.code === "unrecognized_keys"
      ? issue.keys.map((parameter) => ({ parameter, message: "is not a parameter of this list" }))
      : [{ parameter: String(issue.path[0] ?? ""), message: issue.message }],
  );
}

/** The problems that a schema found in a body, the first of them; rows are named by their place, from 0. */
export function problemsOfBody(issues: readonly z.core.$ZodIssue[]): Problem[] {
  return issues
    .slice(0, mostProblems)
    .flatMap((issue) =>
      issue.code === "unrecognized_keys"
        ? issue.keys.map((parameter) => ({ parameter, message: "is not a field of this body" }))
        : [{ parameter: issue.path.join(".") || "the body", message: issue.message }],
    )
    .slice(0, mostProblems);
}
