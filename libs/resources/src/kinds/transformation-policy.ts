import { compileJsonTemplate } from "@sluice/templates/compile-json-template";
import { compileTextTemplate } from "@sluice/templates/compile-text-template";
import { TemplateError } from "@sluice/templates/template-error";
import { isXmlName } from "@sluice/xml/xml-name";
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

const xmlName = z
  .string()
  .max(256)
  .refine(isXmlName, "must be a name that an element can have")
  .meta({ title: "name" });

const xmlSchema = z.strictObject({
  root: xmlName
    .optional()
    .describe(
      "json-to-xml: name of the root element, around all that there is. Default: the only field of the JSON object.",
    ),
  lists: z
    .array(xmlName)
    .default([])
    .describe("xml-to-json: elements that become lists, also where there is one."),
  values: z
    .enum(["text", "typed"])
    .default("text")
    .describe("xml-to-json: whether numbers, true and false become those of JSON, or stay texts."),
});

const bodySchema = z
  .strictObject({
    convert: z
      .enum(["json-to-xml", "xml-to-json"])
      .optional()
      .describe("Another format. XML becomes JSON before the template sees it, JSON becomes XML after it."),
    xml: xmlSchema.optional().describe("How it is converted."),
    template: z
      .string()
      .min(1)
      .meta({ title: "template" })
      .optional()
      .describe("The new body. Its variables are the fields of the old one and the extractors."),
    format: z
      .enum(["json", "text"])
      .optional()
      .describe(
        "Of the template. json: values are escaped so that they can't change its structure. text: they stand as they are.",
      ),
  })
  .check((check) => {
    const { convert, xml, template: source, format } = check.value;
    const refuse = (path: string[], message: string): void => {
      check.issues.push({ code: "custom", message, path, input: check.value });
    };
    if (source === undefined && convert === undefined) refuse([], "either template or convert, or both");
    if (source !== undefined && format === undefined) refuse(["format"], "is missing");
    if (source === undefined && format !== undefined)
      refuse(["format"], "there is no template that it is of");
    if (format === "text" && convert === "json-to-xml") refuse(["format"], "must be json, to become XML");
    if (xml !== undefined && convert === undefined) refuse(["xml"], "there is no convert that it is for");
    if (xml?.root !== undefined && convert === "xml-to-json") refuse(["xml", "root"], "is for json-to-xml");
    if ((xml?.lists ?? []).length > 0 && convert === "json-to-xml")
      refuse(["xml", "lists"], "is for xml-to-json");
    if (xml?.values === "typed" && convert === "json-to-xml") refuse(["xml", "values"], "is for xml-to-json");
    if (source === undefined || format === undefined) return;
    const message = templateProblem(() =>
      format === "json" ? compileJsonTemplate(source) : compileTextTemplate(source),
    );
    if (message !== undefined) refuse(["template"], message);
  });

const changesShape = {
  headers: z.record(headerNameSchema, template).default({}).describe("Headers to set, each by a template."),
  removeHeaders: z.array(headerNameSchema).default([]).describe("Headers to take away."),
  body: bodySchema
    .optional()
    .describe("A body in place of the one that came, or the same in another format."),
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
