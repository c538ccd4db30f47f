import { type JsonNode, jsonChildren, memberOf, stringValue } from "./json-node.ts";

/** Members of a request that are its system prompt: of Anthropic, and of Gemini in both spellings. */
const instructionMembers = new Set(["system", "systemInstruction", "system_instruction"]);
/** Roles of messages that instruct the model: of OpenAI. */
const instructionRoles = new Set(["system", "developer"]);

/** The values of a request that are its system prompt, in whichever dialect. */
export function instructionsOf(root: JsonNode): JsonNode[] {
  if (root.type !== "object") return [];
  return jsonChildren(root).flatMap((property) => {
    const [key, value] = jsonChildren(property);
    const name = stringValue(key) ?? "";
    if (value === undefined) return [];
    if (instructionMembers.has(name)) return [value];
    if (name !== "messages") return [];
    return jsonChildren(value).filter((message) =>
      instructionRoles.has(stringValue(memberOf(message, "role")) ?? ""),
    );
  });
}

/** What a prompt template is to be filled in with: a client may call its variables as it likes. */
export function promptVariablesOf(root: JsonNode): ReadonlySet<JsonNode> {
  const found = new Set<JsonNode>();
  if (root.type !== "object") return found;
  for (const property of jsonChildren(root)) {
    const [key, value] = jsonChildren(property);
    if (stringValue(key) !== "prompt" || value?.type !== "object") continue;
    for (const member of jsonChildren(value)) {
      const [name, variables] = jsonChildren(member);
      if (stringValue(name) === "variables" && variables !== undefined) found.add(variables);
    }
  }
  return found;
}
