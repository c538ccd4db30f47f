import { z } from "zod";

const changes = {
  /** Templates by header, lower case. */
  headers: z.record(z.string(), z.string()),
  removeHeaders: z.array(z.string()),
  /** A conversion, a template, or both: XML becomes JSON before the template, JSON becomes XML after it. */
  body: z
    .strictObject({
      convert: z.enum(["json-to-xml", "xml-to-json"]).optional(),
      xml: z
        .strictObject({
          root: z.string().optional(),
          lists: z.array(z.string()),
          values: z.enum(["text", "typed"]),
        })
        .optional(),
      template: z.string().optional(),
      format: z.enum(["json", "text"]).optional(),
    })
    .optional(),
  /** Variables of the templates. */
  extractors: z.record(
    z.string(),
    z.strictObject({
      header: z.string().optional(),
      query: z.string().optional(),
      regex: z.string(),
      group: z.int().nonnegative(),
    }),
  ),
};

/** How a reply is rewritten, as the router reads it. */
export const responseChangesSchema = z.strictObject(changes);
export type ResponseChanges = z.infer<typeof responseChangesSchema>;

/** How a request is rewritten, as the router reads it. */
export const requestChangesSchema = z.strictObject({
  ...changes,
  /** Templates by query parameter. */
  query: z.record(z.string(), z.string()),
});
export type RequestChanges = z.infer<typeof requestChangesSchema>;
