import type { IncomingHttpHeaders } from "node:http";
import type { PromptChoice } from "@sluice/contracts/prompt-choice";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { closestName } from "@sluice/resources/closest-name";
import type { PromptTemplate, RoutePrompt } from "@sluice/resources/prompt-template";
import { z } from "zod";

/** What the configuration says about prompt templates, as far as the ingress needs it. */
export interface PromptRules {
  /** The template of the route; clients send only its variables. */
  routePrompt: RoutePrompt | undefined;
  templates: Readonly<Record<string, PromptTemplate>>;
  headers: IncomingHttpHeaders;
}

const name = z.string().min(1).max(256);
const promptSchema = z.strictObject({
  id: name.nullish(),
  label: name.nullish(),
  version: z.union([name, z.int().nonnegative().transform(String)]).nullish(),
  variables: z.record(z.string(), z.unknown()).nullish(),
});
type Prompt = z.infer<typeof promptSchema>;

const expectations: Record<string, string> = {
  version: "a text or a whole number",
  variables: "an object",
};

/** Where the dialects say who the end user is; of each the first that is there counts. */
const endUserSchema = z.looseObject({
  safety_identifier: z.string().nullish().catch(undefined),
  user: z.string().nullish().catch(undefined),
  metadata: z.looseObject({ user_id: z.string().nullish() }).nullish().catch(undefined),
});

/**
 * The prompt template that a chat request uses: the one of its route, or the one that the `prompt` of its body names. A
 * `prompt` that is no object is the provider's affair.
 * @param body parsed
 * @returns undefined for a request without one
 * @throws SluiceError `invalid_request` with the field at fault
 */
export function readPromptChoice(body: object, rules: PromptRules): PromptChoice | undefined {
  const prompt = "prompt" in body ? body.prompt : undefined;
  const isObject = typeof prompt === "object" && prompt !== null && !Array.isArray(prompt);
  if (rules.routePrompt === undefined && !isObject) return undefined;
  const asked = prompt === undefined || prompt === null ? {} : checked(prompt);
  const choice =
    rules.routePrompt === undefined ? choiceOfClient(asked) : choiceOfRoute(asked, rules.routePrompt);
  const stickyTo = stickyValue(body, choice.template, rules);
  return stickyTo === undefined ? choice : { ...choice, stickyTo };
}

function checked(prompt: unknown): Prompt {
  const parsed = promptSchema.safeParse(prompt);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  if (issue?.code === "unrecognized_keys") {
    const [key = ""] = issue.keys;
    const closest = closestName(key.slice(0, 100), Object.keys(promptSchema.shape));
    const hint = closest === undefined ? "" : ` Did you mean ${closest}?`;
    throw fault(`There is no field prompt.${key.slice(0, 100)}.${hint}`, `prompt.${key.slice(0, 100)}`);
  }
  const field = String(issue?.path[0] ?? "");
  if (field === "") throw fault("The field prompt must be an object with id and variables.", "prompt");
  const mustBe = expectations[field] ?? "a text of 1 to 256 characters";
  throw fault(`The field prompt.${field} must be ${mustBe}.`, `prompt.${field}`);
}

function choiceOfClient({ id, label, version }: Prompt): PromptChoice {
  if (id === undefined || id === null) throw fault("The field prompt.id is missing.", "prompt.id");
  const hasVersion = version !== undefined && version !== null;
  const hasLabel = label !== undefined && label !== null;
  if (hasVersion && hasLabel) {
    throw fault("Either prompt.label or prompt.version can be given, not both.", "prompt.version");
  }
  return { template: id, ...(hasLabel ? { label } : {}), ...(hasVersion ? { version } : {}) };
}

function choiceOfRoute(asked: Prompt, { template, label, version }: RoutePrompt): PromptChoice {
  for (const field of ["id", "label", "version"] as const) {
    if (asked[field] === undefined || asked[field] === null) continue;
    throw fault(
      `This route has a prompt template of its own, so prompt.${field} can't be chosen; send prompt.variables only.`,
      `prompt.${field}`,
    );
  }
  return {
    template,
    ...(label === undefined ? {} : { label }),
    ...(version === undefined ? {} : { version }),
  };
}

/** What keeps the request at one version, where the template asks for it and the request says it. */
function stickyValue(
  body: object,
  templateName: string,
  { templates, headers }: PromptRules,
): string | undefined {
  const template = Object.hasOwn(templates, templateName) ? templates[templateName] : undefined;
  switch (template?.sticky) {
    case "session":
      return present(headers[template.sessionHeader]?.toString());
    case "user": {
      const user = endUserSchema.safeParse(body).data;
      return present(user?.safety_identifier) ?? present(user?.user) ?? present(user?.metadata?.user_id);
    }
    default:
      return undefined;
  }
}

function present(text: string | null | undefined): string | undefined {
  return text === null || text === "" ? undefined : text;
}

function fault(message: string, parameter: string): SluiceError {
  return new SluiceError("invalid_request", message, { parameter });
}
