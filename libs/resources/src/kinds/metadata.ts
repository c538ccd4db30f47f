import { z } from "zod";

/** The namespace of whatever names none. */
export const defaultNamespace = "default";

/** A name as Kubernetes takes it for most objects: a DNS label or subdomain. */
export const resourceNameSchema = z
  .string()
  .max(253)
  .regex(
    /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/,
    "a name of lower-case letters, digits, - and ., beginning and ending with a letter or digit",
  )
  .meta({ title: "name" });

export const labelsSchema = z.record(z.string().min(1).max(317), z.string().max(63));
export type Labels = z.infer<typeof labelsSchema>;

/** What every resource says of itself. */
export const metadataSchema = z.strictObject({
  name: resourceNameSchema.describe("Name of the resource, unique for its kind and namespace."),
  namespace: resourceNameSchema
    .default(defaultNamespace)
    .describe("Where it belongs; what it refers to is there too unless it says otherwise."),
  labels: labelsSchema.default({}).describe("By which others choose it."),
  annotations: z
    .record(z.string().min(1), z.string())
    .optional()
    .describe("Notes of other tools; nothing reads them."),
});
export type Metadata = z.infer<typeof metadataSchema>;

/** Names another resource; of the same namespace where it names none. */
export const referenceSchema = z.strictObject({
  name: resourceNameSchema.describe("Its name."),
  namespace: resourceNameSchema.optional().describe("Its namespace. Default: that of the resource itself."),
});
export type Reference = z.infer<typeof referenceSchema>;

/** Chooses by labels: all of them must be there. */
export const labelSelectorSchema = labelsSchema.refine(
  (labels) => Object.keys(labels).length > 0,
  "name at least one label",
);

/** Whether labels have all that a selector asks for. */
export function matchesLabels(labels: Labels, selector: Labels): boolean {
  return Object.entries(selector).every(([name, value]) => labels[name] === value);
}
