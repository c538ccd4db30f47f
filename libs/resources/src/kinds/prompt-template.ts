import { templateVariables } from "@sluice/templates/template-variables";
import { z } from "zod";
import { closestName } from "../closest-name.ts";
import { defaultPromptLabel, promptNamePattern, promptParametersSchema } from "../prompt-template.ts";
import { headerNameSchema, template } from "./transformation-policy.ts";

const versionName = z
  .union([z.int().min(0), z.string().regex(promptNamePattern)], {
    error:
      "a whole number, or a text of letters, digits, -, _ and . (in quotes where it looks like a number)",
  })
  .transform(String)
  .meta({ title: "version" });

const labelName = z.string().regex(promptNamePattern, "a name of letters, digits, -, _ and .");

/** Words that mean something else in a template. */
const reservedWords = new Set("true false nil null empty blank and or not contains forloop".split(" "));
const variableName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "a name of letters, digits and _")
  .refine((name) => !reservedWords.has(name), "another one: templates have a meaning of their own for it");

const variableSchema = z
  .strictObject({
    description: z.string().min(1).optional().describe("What it is, for whoever writes a client."),
    required: z
      .boolean()
      .optional()
      .describe(
        "Whether a request without it is refused, whatever version it gets. Default: true, unless there is a default.",
      ),
    default: z
      .unknown()
      .optional()
      .meta({ title: "any value" })
      .describe("What it is where a request leaves it out."),
  })
  .check((check) => {
    const { required, default: byDefault } = check.value;
    const problem = (message: string, key: string) =>
      check.issues.push({ code: "custom", message, path: [key], input: check.value });
    if (byDefault === null) problem("is empty", "default");
    else if (byDefault !== undefined && required === true)
      problem("a variable with a default is not required", "required");
  });

const messageSchema = z.strictObject({
  role: z.enum(["system", "user", "assistant"]).describe("Who says it. Messages of the system stand first."),
  content: template.describe("What is said, with variables: {{ question }}."),
});

const versionSchema = z
  .strictObject({
    version: versionName.describe("Number or name of the version, by which labels and clients choose it."),
    messages: z.array(messageSchema).min(1).describe("Go before the messages of the request."),
    model: z.string().min(1).max(256).optional().describe("Model of requests that name none."),
    parameters: promptParametersSchema.prefault({}).describe("Set where the request does not say otherwise."),
  })
  .check((check) => {
    const { messages } = check.value;
    const others = messages.findIndex(({ role }) => role !== "system");
    const late = messages.findIndex(
      ({ role }, index) => role === "system" && others !== -1 && index > others,
    );
    if (late === -1) return;
    const message = "messages of the system stand first: not every provider takes them later";
    check.issues.push({ code: "custom", message, path: ["messages", late, "role"], input: check.value });
  });

const weightedVersions = z
  .array(
    z.strictObject({
      version: versionName.describe("One of the versions."),
      weight: z.number().min(0).max(1e6).default(1).describe("Its share of the traffic, beside the others'."),
    }),
  )
  .min(1);

const labelTarget = z
  .union([versionName.transform((version) => [{ version, weight: 1 }]), weightedVersions])
  .meta({ title: "weighted version" });

/** Prompts that are kept here and not in the clients, in versions. */
export const promptTemplateSchema = z
  .strictObject({
    variables: z
      .record(variableName, variableSchema)
      .default({})
      .describe("What the templates are filled in with, by name; clients send the values."),
    versions: z.array(versionSchema).min(1).describe("The versions, in any order."),
    labels: z
      .record(labelName, labelTarget)
      .default({})
      .describe(
        "Names by which clients and routes choose: each stands for one version, or for several, among which the " +
          `traffic is split by weight ([{ version: 1, weight: 90 }, …]). Who names none gets ${defaultPromptLabel}.`,
      ),
    sticky: z
      .enum(["none", "user", "session"])
      .default("none")
      .describe(
        "What stays with a version when traffic is split: a user is whom the request names, else the key's user, else " +
          "the key; a session is told by a header.",
      ),
    sessionHeader: headerNameSchema
      .optional()
      .describe("The header that tells sessions apart. Default: x-session-id."),
  })
  .check((check) => {
    for (const { path, message } of inconsistencies(check.value)) {
      check.issues.push({ code: "custom", message, path, input: check.value });
    }
  })
  .describe(
    "A prompt in versions: its messages, what they are filled in with, and which version is used by whom.",
  );
export type PromptTemplateSpec = z.output<typeof promptTemplateSchema>;

interface Inconsistency {
  path: PropertyKey[];
  message: string;
}

/** What the parts of a template say about each other and can't be true. */
function inconsistencies(spec: PromptTemplateSpec): Inconsistency[] {
  const { versions, labels, sticky, sessionHeader } = spec;
  const names = versions.map(({ version }) => version);
  return [
    ...names.flatMap((name, index): Inconsistency[] => {
      const first = names.indexOf(name);
      if (first === index) return [];
      return [{ path: ["versions", index, "version"], message: `versions[${first}] has the same name` }];
    }),
    ...Object.entries(labels).flatMap(([label, targets]) => labelProblems(label, targets, names)),
    ...versions.flatMap((version, index) => undeclared(spec, version, index)),
    ...(sessionHeader !== undefined && sticky !== "session"
      ? [{ path: ["sessionHeader"], message: "does nothing unless sticky is session" }]
      : []),
  ];
}

function labelProblems(
  label: string,
  targets: PromptTemplateSpec["labels"][string],
  known: readonly string[],
): Inconsistency[] {
  const path = ["labels", label];
  const versions = targets.map(({ version }) => version);
  const problems = versions.flatMap((version, index): Inconsistency[] => {
    if (!known.includes(version)) {
      return [
        { path, message: `there is no version ${JSON.stringify(version)}${suggestionOf(version, known)}` },
      ];
    }
    if (versions.indexOf(version) === index) return [];
    return [{ path: [...path, index, "version"], message: "the label has this version already" }];
  });
  if (targets.length === 0 || targets.some(({ weight }) => weight !== 0)) return problems;
  return [...problems, { path, message: "at least one weight must be more than 0" }];
}

function undeclared(
  { variables }: PromptTemplateSpec,
  { messages }: PromptTemplateSpec["versions"][number],
  index: number,
): Inconsistency[] {
  const declared = Object.keys(variables);
  return messages.flatMap(({ content }, position) =>
    templateVariables(content).flatMap((name): Inconsistency[] => {
      if (declared.includes(name)) return [];
      const message = `the template uses ${name}, which is not among the variables${suggestionOf(name, declared)}`;
      return [{ path: ["versions", index, "messages", position, "content"], message }];
    }),
  );
}

function suggestionOf(name: string, candidates: Iterable<string>): string {
  const closest = closestName(name, candidates);
  return closest === undefined ? "" : `; did you mean ${JSON.stringify(closest)}?`;
}
