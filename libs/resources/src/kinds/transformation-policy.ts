import { compileJsonTemplate } from "@sluice/templates/compile-json-template";
import { compileTextTemplate } from "@sluice/templates/compile-text-template";
import { TemplateError } from "@sluice/templates/template-error";
import { z } from "zod";
import { wholePatternSchema } from "../whole-pattern.ts";
import { attachmentSchema } from "./attachment.ts";

export const headerNameSchema = z
  .string()
  .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$/, "a header name without blanks")
  .transform((name) => name.toLowerCase())
  .meta({ title: "header name" });

const extractorSchema = z
  .strictObject({
    header: headerNameSchema.optional().describe("A header to take it from."),
    query: z.string().min(1).optional().describe("A query parameter to take it from (requests only)."),
    regex: wholePatternSchema.default(".*").describe("A regular expression (RE2) that fits it as a whole."),
    group: z
      .int()
      .min(0)
      .max(99)
      .default(0)
      .describe("Which group of the expression is taken; 0 for all of it."),
  })
  .check((check) => {
    if ((check.value.header === undefined) !== (check.value.query === undefined)) return;
    check.issues.push({
      code: "custom",
      message: "either header or query, one of them",
      input: check.value,
    });
  });

const variableName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "a name of letters, digits and _");

/** Why a template is refused; undefined when it compiles. */
function templateProblem(compile: () => unknown): string | undefined {
  try {
    compile();
    return undefined;
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return `the template is refused: ${error.message}`;
  }
}

/** A text with variables. */
export const template = z
  .string()
  .min(1)
  .check((check) => {
    const message = templateProblem(() => compileTextTemplate(check.value));
    if (message !== undefined) check.issues.push({ code: "custom", message, input: check.value });
  })
  .meta({ title: "template" });

const bodySchema = z
  .strictObject({
    template: z
      .string()
      .min(1)
      .meta({ title: "template" })
      .describe("The new body. Its variables are the fields of the old one and the extractors."),
    format: z
      .enum(["json", "text"])
      .describe(
        "json: values are escaped so that they can't change its structure. text: they stand as they are.",
      ),
  })
  .check((check) => {
    const { template: source, format } = check.value;
    const message = templateProblem(() =>
      format === "json" ? compileJsonTemplate(source) : compileTextTemplate(source),
    );
    if (message === undefined) return;
    check.issues.push({ code: "custom", message, path: ["template"], input: source });
  });

const changesShape = {
  headers: z.record(headerNameSchema, template).default({}).describe("Headers to set, each by a template."),
  removeHeaders: z.array(headerNameSchema).default([]).describe("Headers to take away."),
  body: bodySchema.optional().describe("A body in place of the one that came."),
  extractors: z
    .record(variableName, extractorSchema)
    .default({})
    .describe("Variables for the templates, by name."),
};

/** How requests and replies of the routes that it applies to are rewritten. */
export const transformationPolicySchema = z
  .strictObject({
    applyTo: attachmentSchema.optional().describe("The routes that it covers."),
    request: z
      .strictObject({
        ...changesShape,
        query: z
          .record(z.string().min(1), template)
          .default({})
          .describe("Query parameters to set, each by a template."),
      })
      .optional()
      .describe("What the destination is sent."),
    response: z.strictObject(changesShape).optional().describe("What the client is answered."),
  })
  .check((check) => {
    if (check.value.request !== undefined || check.value.response !== undefined) return;
    check.issues.push({
      code: "custom",
      message: "the policy changes neither request nor response, so it would do nothing",
      input: check.value,
    });
  })
  .describe("How requests and replies of forwarded routes are rewritten.");
export type TransformationPolicy = z.infer<typeof transformationPolicySchema>;
