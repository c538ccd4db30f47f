import { z } from "zod";

/** A parameter that may be given several times. */
const repeated = z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat());

/** A filter: any of the values given. An empty value stands for the calls that have none. */
function anyOf(what: string) {
  return repeated
    .optional()
    .describe(`Only calls of ${what}. Repeat it for any of several; leave it empty for calls without one.`);
}

/** The items of a parameter that may be repeated or hold several with commas between them. */
export function listOf<Item extends string>(items: readonly [Item, ...Item[]]) {
  const item = z.enum(items, { error: `is not one of ${items.join(", ")}` });
  return repeated
    .transform((values) => values.flatMap((value) => value.split(",")).filter((value) => value !== ""))
    .pipe(z.array(item))
    .transform((values) => [...new Set(values)]);
}

const instant = z.union([z.iso.date(), z.iso.datetime({ offset: true })], {
  error: "is not a date (2026-06-15) nor an instant with its offset (2026-06-15T12:00:00Z)",
});

/** Names of the IANA database only: databases read bare offsets the other way round. */
const timeZone = z
  .string()
  .refine(isTimeZone, { error: "is not a time zone, such as UTC or Europe/Berlin" })
  .default("UTC")
  .describe("IANA time zone that dates and buckets are in.");

/** Parameters that every list has. */
export const pageParameters = {
  cursor: z.string().optional().describe("`next` of the page before, to go on after it."),
  limit: z.coerce
    .number({ error: "is not a number" })
    .int({ error: "is not a whole number" })
    .min(1, { error: "is less than 1" })
    .max(1000, { error: "is more than 1000" })
    .default(100)
    .describe("Rows of a page."),
};

/** A filter whose values are taken as they are. */
export function repeatedParameter(description: string) {
  return repeated.optional().describe(description);
}

/** Parameters of a period. @param what of the rows lies in it, as `Calls made` */
export function instantParameters(what: string) {
  return {
    from: instant
      .optional()
      .describe(`${what} at this time or later; a date is its beginning in the time zone.`),
    to: instant
      .optional()
      .describe(
        `${what} before this time; a date is its beginning in the time zone, so the day itself is out.`,
      ),
    time_zone: timeZone,
  };
}

/** Parameters that every list of calls has. */
export const listParameters = {
  ...instantParameters("Calls made"),
  team: anyOf("the team"),
  user: anyOf("the user"),
  application: anyOf("the application"),
  department: anyOf("the department"),
  model: anyOf("the model, as the provider was asked for it"),
  provider: anyOf("the provider"),
  key: anyOf("the virtual key, by its id"),
  tag: anyOf("a key with the tag"),
  prompt: anyOf("requests with the prompt template"),
  prompt_version: anyOf("requests with the version of a prompt template, as name@version"),
  workflow: anyOf("the workflow"),
  ...pageParameters,
};

/** @returns whether `from` lies before `to`, as far as both can be compared without a time zone. */
export function isPeriod({ from, to }: { from?: string | undefined; to?: string | undefined }): boolean {
  return from === undefined || to === undefined || Date.parse(from) < Date.parse(to);
}

function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
