import { z } from "zod";
import type { CanonicalTool, CanonicalToolChoice } from "../canonical-request.ts";
import { checkClientShape } from "../check-shape.ts";
import { presentFields } from "../present-fields.ts";
import { unsupportedAt } from "../unsupported.ts";

export const openaiToolSchema = z.looseObject({ type: z.string() });

const functionSchema = z.object({
  function: z.object({
    name: z.string().min(1),
    description: z.string().nullish(),
    parameters: z.record(z.string(), z.unknown()).nullish(),
    strict: z.boolean().nullish(),
  }),
});

export function readOpenaiTools(tools: z.infer<typeof openaiToolSchema>[]): CanonicalTool[] {
  return tools.map((tool, index) => {
    const path = `tools[${index}]`;
    if (tool.type !== "function") {
      throw unsupportedAt(
        `${path}.type`,
        `Tools of the type "${tool.type}" cannot be translated for this model.`,
      );
    }
    const { function: declared } = checkClientShape(functionSchema, tool, path);
    const { name, description, parameters, strict } = declared;
    return { name, ...presentFields({ description, parameters, strict }) };
  });
}

const named = z.object({ function: z.object({ name: z.string() }) });
const choiceSchema = z.union([z.enum(["none", "auto", "required"]), z.looseObject({ type: z.string() })]);
const allowedSchema = z.object({
  allowed_tools: z.object({ mode: z.enum(["auto", "required"]), tools: z.array(named) }),
});

export function readOpenaiToolChoice(choice: unknown): CanonicalToolChoice {
  const checked = checkClientShape(choiceSchema, choice, "tool_choice");
  if (typeof checked === "string") return { mode: checked };
  if (checked.type === "function") {
    return { mode: "required", names: [checkClientShape(named, checked, "tool_choice").function.name] };
  }
  if (checked.type === "allowed_tools") {
    const { allowed_tools: allowed } = checkClientShape(allowedSchema, checked, "tool_choice");
    return { mode: allowed.mode, names: allowed.tools.map((tool) => tool.function.name) };
  }
  throw unsupportedAt(
    "tool_choice.type",
    `The tool choice "${checked.type}" cannot be translated for this model.`,
  );
}
