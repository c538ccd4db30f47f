import type { CanonicalChatRequest, CanonicalTool } from "../canonical-request.ts";
import { presentFields } from "../present-fields.ts";
import { jsonTool, jsonToolName } from "./json-tool.ts";

type WrittenTool = Record<string, unknown>;
type WrittenChoice = { type: "auto" | "any" | "none" } | { type: "tool"; name: string };

interface WrittenTools {
  tools?: WrittenTool[];
  tool_choice?: WrittenChoice & { disable_parallel_tool_use?: boolean };
  /** The model must call a tool, which rules out asking for thinking. */
  forced: boolean;
}

function writeTool({ name, description, parameters, strict }: CanonicalTool): WrittenTool {
  // Anthropic requires an object schema; a schema without a type is one in all but name.
  const schema = parameters ?? { properties: {} };
  return {
    name,
    ...presentFields({ description }),
    input_schema: "type" in schema ? schema : { type: "object", ...schema },
    ...(strict === true ? { strict } : {}),
  };
}

function writeChoice(request: CanonicalChatRequest, tools: CanonicalTool[]): WrittenChoice {
  const mode = request.toolChoice?.mode ?? "auto";
  if (mode === "none" || mode === "auto") return { type: mode };
  const [only, ...others] = tools;
  const isNamed = request.toolChoice?.names !== undefined;
  return isNamed && only !== undefined && others.length === 0
    ? { type: "tool", name: only.name }
    : { type: "any" };
}

/**
 * A conversation with tool calls must declare tools, or the API refuses it, also where the client offers none any
 * more. Then those of the conversation are declared, and none may be called.
 */
function writeToolsOfHistory(request: CanonicalChatRequest): WrittenTools {
  const names = new Set<string>();
  for (const message of request.messages) {
    if (message.role !== "assistant") continue;
    for (const part of message.content) if (part.type === "tool-call") names.add(part.name);
  }
  if (names.size === 0) return { forced: false };
  return {
    tools: [...names].map((name) => ({ name, input_schema: { type: "object" } })),
    tool_choice: { type: "none" },
    forced: false,
  };
}

/**
 * Tools and their choice. A choice among some tools is written by leaving out the others; where JSON is wanted
 * of a model that has no output format, it must call either a tool of the client's or the one that takes the answer.
 */
export function writeAnthropicTools(request: CanonicalChatRequest, needsJsonTool: boolean): WrittenTools {
  const names = request.toolChoice?.names;
  const mode = request.toolChoice?.mode ?? "auto";
  const offered =
    names === undefined || mode === "none"
      ? request.tools
      : request.tools.filter((tool) => names.includes(tool.name));
  const parallel = request.parallelToolCalls === false ? { disable_parallel_tool_use: true } : {};
  if (needsJsonTool && request.responseFormat !== undefined && mode !== "required") {
    const answer = jsonTool(request.responseFormat);
    if (offered.length === 0 || mode === "none") {
      return {
        tools: [...offered.map(writeTool), answer],
        tool_choice: { type: "tool", name: jsonToolName },
        forced: true,
      };
    }
    return {
      tools: [...offered.map(writeTool), answer],
      tool_choice: { type: "any", ...parallel },
      forced: true,
    };
  }
  if (offered.length === 0) return writeToolsOfHistory(request);
  const choice = writeChoice(request, offered);
  const isDefault =
    choice.type === "auto" && request.toolChoice === undefined && request.parallelToolCalls !== false;
  return {
    tools: offered.map(writeTool),
    ...(isDefault ? {} : { tool_choice: choice.type === "none" ? choice : { ...choice, ...parallel } }),
    forced: choice.type === "any" || choice.type === "tool",
  };
}
