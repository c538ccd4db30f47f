import type { Behaviour } from "../behaviour.ts";
import type { OfferedTool, Prompt } from "../prompt.ts";
import { ProviderError } from "../provider-error.ts";
import { uniqueId } from "../unique-id.ts";
import type { ToolCall } from "./choice.ts";
import { fitSchema } from "./fit-schema.ts";
import { splitJson } from "./split-text.ts";

/**
 * Which tools a reply calls: those that the request forces, those that a directive names, or by itself the
 * one that the prompt is about (its name is in the text, or both speak of the weather). A prompt that ends
 * with a tool's result is answered in words, unless the request forces a call.
 * @throws ProviderError when a directive names a tool that is not offered
 */
export function chooseToolCalls(prompt: Prompt, behaviour: Behaviour, seed: number): ToolCall[] {
  if (prompt.tools.length === 0 || prompt.toolChoice === "none") return [];
  const wanted = chooseTools(prompt, behaviour);
  return wanted.map((tool, index) => {
    const fitted = fitSchema(tool.schema, seed + index);
    const input = isRecord(fitted) ? fitted : {};
    const inputPieces = splitJson(JSON.stringify(input));
    return { id: uniqueId("").slice(-20), name: tool.name, input, inputPieces };
  });
}

function chooseTools(prompt: Prompt, behaviour: Behaviour): OfferedTool[] {
  const forced = forcedTool(prompt);
  const answered = prompt.toolResult !== undefined && forced === undefined;
  if (answered) return [];
  const named = behaviour.tool === undefined ? undefined : findTool(prompt, behaviour.tool);
  const first = named ?? forced ?? (behaviour.tools === undefined ? aboutTool(prompt) : prompt.tools[0]);
  if (first === undefined) return [];
  const count = prompt.parallelToolCalls ? (behaviour.tools ?? 1) : 1;
  const others = prompt.tools.filter((tool) => tool !== first);
  return Array.from({ length: count }, (_unused, index) =>
    index === 0 ? first : (others[(index - 1) % Math.max(1, others.length)] ?? first),
  );
}

function forcedTool(prompt: Prompt): OfferedTool | undefined {
  if (prompt.toolChoice === "required") return aboutTool(prompt) ?? prompt.tools[0];
  return typeof prompt.toolChoice === "object" ? findTool(prompt, prompt.toolChoice.name) : undefined;
}

function findTool(prompt: Prompt, name: string): OfferedTool {
  const found = prompt.tools.find((tool) => tool.name === name);
  if (found === undefined) throw new ProviderError(400, `The request offers no tool named '${name}'.`);
  return found;
}

function aboutTool(prompt: Prompt): OfferedTool | undefined {
  const named = prompt.tools.find((tool) => prompt.lastUserText.includes(tool.name));
  if (named !== undefined || !/weather/i.test(prompt.lastUserText)) return named;
  return prompt.tools.find((tool) => /weather/i.test(`${tool.name} ${tool.description}`)) ?? prompt.tools[0];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
