import type { DialectName } from "@sluice/contracts/dialect-name";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { type JsonNode, jsonChildren, memberOf } from "@sluice/dialects/json-node";
import { parseJsonTree } from "@sluice/dialects/json-tree";
import type { PromptParameters } from "@sluice/resources/prompt-template";
import { JsonMembers } from "./json-members.ts";
import { type NamedPrompt, type RenderedMessage, renderPrompt } from "./rendered-prompt.ts";

/** Puts what a template says into a body of a dialect. */
type PromptWriter = (
  body: JsonMembers,
  messages: readonly RenderedMessage[],
  parameters: PromptParameters,
) => void;

const writers: Record<DialectName, PromptWriter> = {
  openai: writeOpenai,
  anthropic: writeAnthropic,
  gemini: writeGemini,
};

/**
 * The body of a request with the messages of its prompt template before its own, in its dialect and without the field
 * `prompt`; what the client says of the template's parameters itself stays. All else keeps every byte that it has.
 * @param body of a client's chat request, as the guard has let it pass
 * @throws SluiceError `invalid_request` where the variables are not those of the template, or the body is not one that
 *   messages can be put into
 */
export function promptedBody(body: string, dialect: DialectName, prompt: NamedPrompt): string {
  const members = new JsonMembers(body, parseJsonTree(body));
  const variables = memberOf(members.node("prompt"), "variables");
  const values: unknown = variables?.type === "object" ? JSON.parse(members.textOf(variables)) : {};
  const messages = renderPrompt(prompt, values as Record<string, unknown>);
  members.remove("prompt");
  writers[dialect](members, messages, prompt.version.parameters);
  return members.write();
}

function writeOpenai(
  body: JsonMembers,
  messages: readonly RenderedMessage[],
  parameters: PromptParameters,
): void {
  const own = messages.map(({ role, text }) => JSON.stringify({ role, content: text }));
  body.set("messages", listOf([...own, ...itemsOf(body, "messages")]));
  if (!body.has("max_tokens")) setMissing(body, "max_completion_tokens", parameters.maxTokens);
  setMissing(body, "temperature", parameters.temperature);
  setMissing(body, "top_p", parameters.topP);
  setMissing(body, "stop", parameters.stop);
}

function writeAnthropic(
  body: JsonMembers,
  messages: readonly RenderedMessage[],
  parameters: PromptParameters,
): void {
  const { system, others } = apart(messages);
  if (system.length > 0) {
    const own = system.map((text) => JSON.stringify({ type: "text", text }));
    const node = body.node("system");
    const theirs =
      node?.type === "string" ? [`{"type":"text","text":${body.textOf(node)}}`] : itemsOf(body, "system");
    body.set("system", listOf([...own, ...theirs]));
  }
  const own = others.map(({ role, text }) => JSON.stringify({ role, content: text }));
  body.set("messages", listOf([...own, ...itemsOf(body, "messages")]));
  setMissing(body, "max_tokens", parameters.maxTokens);
  setMissing(body, "temperature", parameters.temperature);
  setMissing(body, "top_p", parameters.topP);
  setMissing(body, "stop_sequences", parameters.stop);
}

function writeGemini(
  body: JsonMembers,
  messages: readonly RenderedMessage[],
  parameters: PromptParameters,
): void {
  const { system, others } = apart(messages);
  if (system.length > 0) {
    const name = spelled(body, "systemInstruction", "system_instruction");
    const own = system.map((text) => JSON.stringify({ text }));
    const node = body.node(name);
    const theirs =
      node?.type === "string"
        ? [`{"text":${body.textOf(node)}}`]
        : jsonChildren(memberOf(node, "parts")).map((part) => body.textOf(part));
    body.set(name, `{"parts":${listOf([...own, ...theirs])}}`);
  }
  const own = others.map(({ role, text }) =>
    JSON.stringify({ role: role === "assistant" ? "model" : "user", parts: [{ text }] }),
  );
  body.set("contents", listOf([...own, ...itemsOf(body, "contents")]));
  if (Object.keys(parameters).length > 0) writeGenerationConfig(body, parameters);
}

function writeGenerationConfig(body: JsonMembers, parameters: PromptParameters): void {
  const name = spelled(body, "generationConfig", "generation_config");
  const config = body.membersOf(name);
  setMissing(config, spelled(config, "maxOutputTokens", "max_output_tokens"), parameters.maxTokens);
  setMissing(config, "temperature", parameters.temperature);
  setMissing(config, spelled(config, "topP", "top_p"), parameters.topP);
  setMissing(config, spelled(config, "stopSequences", "stop_sequences"), parameters.stop);
  body.set(name, config.write());
}

/** Anthropic and Gemini have a place of its own for the system prompt. */
function apart(messages: readonly RenderedMessage[]): { system: string[]; others: RenderedMessage[] } {
  return {
    system: messages.filter(({ role }) => role === "system").map(({ text }) => text),
    others: messages.filter(({ role }) => role !== "system"),
  };
}

/** Google's API takes each name in two spellings; the client's stays. */
function spelled(members: JsonMembers, camelCase: string, snakeCase: string): string {
  return members.has(snakeCase) ? snakeCase : camelCase;
}

function setMissing(members: JsonMembers, name: string, value: unknown): void {
  if (value !== undefined && !members.has(name)) members.set(name, JSON.stringify(value));
}

/** The items of a list as they are written; none where there is no list. */
function itemsOf(body: JsonMembers, name: string): string[] {
  const node: JsonNode | undefined = body.node(name);
  if (node === undefined || node.type === "null") return [];
  if (node.type === "array") return jsonChildren(node).map((item) => body.textOf(item));
  throw new SluiceError("invalid_request", `The field ${name} must be a list.`, { parameter: name });
}

function listOf(items: readonly string[]): string {
  return `[${items.join(",")}]`;
}
