import { z } from "zod";
import { wholePatternSchema } from "../whole-pattern.ts";

/** A host by name, all below a domain (`*.example.com`), or any (`*`). */
export const hostSchema = z
  .string()
  .max(253)
  .regex(
    /^(\*|(\*\.)?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*)$/,
    "a host in lower case without a port, *.domain, or *",
  )
  .meta({ title: "host" });

export const pathSchema = z
  .string()
  .max(1024)
  .regex(/^\/[^?#\s]*$/, "a path that begins with / and has no query")
  .meta({ title: "path" });

/** One of the ways to say which paths are meant. */
export const pathMatchSchema = z
  .strictObject({
    prefix: pathSchema
      .optional()
      .describe(
        "The path and everything below it: /ai is /ai and /ai/x, not /aix. A slash at its end is all one.",
      ),
    exact: pathSchema.optional().describe("This path alone."),
    regex: wholePatternSchema.optional().describe("Paths that a regular expression (RE2) fits as a whole."),
  })
  .check((check) => {
    if (Object.values(check.value).filter((value) => value !== undefined).length === 1) return;
    check.issues.push({
      code: "custom",
      message: "either prefix, exact or regex, one of them",
      input: check.value,
    });
  });
export type PathMatch = z.infer<typeof pathMatchSchema>;

/** A header or query parameter, and what it must be. */
const valueMatchSchema = z
  .strictObject({
    name: z
      .string()
      .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$/, "a name without blanks")
      .describe("Its name; letter case counts for query parameters only."),
    exact: z.string().optional().describe("It is this."),
    prefix: z.string().min(1).optional().describe("It begins with this."),
    regex: wholePatternSchema.optional().describe("A regular expression (RE2) fits it as a whole."),
    present: z.boolean().optional().describe("Whether it is there at all."),
  })
  .check((check) => {
    const { name: _name, ...conditions } = check.value;
    if (Object.values(conditions).filter((value) => value !== undefined).length === 1) return;
    check.issues.push({
      code: "custom",
      message: "either exact, prefix, regex or present, one of them",
      input: check.value,
    });
  });
export type ValueMatch = z.infer<typeof valueMatchSchema>;

export const httpMethods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;
export const httpMethodSchema = z.enum(httpMethods);

export function isHttpMethod(method: string): boolean {
  return (httpMethods as readonly string[]).includes(method);
}

/** Which requests a route is for: all of its conditions hold. */
export const routeMatchSchema = z.strictObject({
  path: pathMatchSchema.prefault({ prefix: "/" }).describe("The path. Default: any."),
  methods: z.array(httpMethodSchema).min(1).optional().describe("The method. Default: any."),
  headers: z.array(valueMatchSchema).min(1).optional().describe("Headers, all of them."),
  query: z.array(valueMatchSchema).min(1).optional().describe("Query parameters, all of them."),
});
export type RouteMatch = z.infer<typeof routeMatchSchema>;
