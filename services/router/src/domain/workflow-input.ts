import type { Envelope } from "@sluice/contracts/envelope";
import type { CanonicalMessage } from "@sluice/dialects/canonical-content";
import type { CanonicalChatRequest } from "@sluice/dialects/canonical-request";
import { getDialect } from "@sluice/dialects/dialects";
import { unsupportedAt, unsupportedField } from "@sluice/dialects/unsupported";
import type { Workflow } from "@sluice/resources/workflow";
import type { InputValues } from "./workflow-plan.ts";

/** The client's request as the steps of a workflow see it. */
export interface WorkflowInput {
  request: CanonicalChatRequest;
  values: InputValues;
}

/** What only the model that a client talks to itself could do. */
const unsupported: readonly [
  field: Parameters<typeof unsupportedField>[1],
  asked: (request: CanonicalChatRequest) => boolean,
  what: string,
][] = [
  ["tools", ({ tools }) => tools.length > 0, "calls no tools"],
  ["candidateCount", ({ candidateCount }) => candidateCount > 1, "gives one reply"],
  ["logprobs", ({ logprobs }) => logprobs !== undefined, "gives no probabilities of tokens"],
  ["topK", ({ topK }) => topK !== undefined, "has no top-k sampling"],
  ["messages", ({ continuesAssistant }) => continuesAssistant, "can't go on from a message of the assistant"],
];

/**
 * Reads the client's request. What no step would see or do is refused.
 * @throws SluiceError `unsupported_feature`, `invalid_request`
 */
export function readWorkflowInput(workflow: Workflow, envelope: Envelope, body: string): WorkflowInput {
  if (envelope.operation !== "chat") {
    throw unsupportedAt("model", "The model is a workflow, which answers chat requests only.");
  }
  const request = getDialect(envelope.dialect).readChatRequest(parsed(body), envelope);
  for (const [field, asked, what] of unsupported) {
    if (asked(request)) throw unsupportedField(request, field, `The model is a workflow, which ${what}.`);
  }
  const seesMessages = workflow.steps.some(
    (step) => step.type === "model" && step.messages.some((message) => "from" in message),
  );
  if (!seesMessages) refuseOtherThanText(request);
  const messages = request.messages.map((message) => ({ role: message.role, content: textOf(message) }));
  const text = messages.findLast(({ role }) => role === "user")?.content ?? "";
  return { request, values: { text, messages } };
}

/** The ingress has refused what is malformed; only a guard's own fault could bring something else here. */
function parsed(body: string): unknown {
  return JSON.parse(body);
}

function refuseOtherThanText({ messages }: CanonicalChatRequest): void {
  for (const message of messages) {
    if (message.role !== "user") continue;
    const part = message.content.find(({ type }) => type !== "text");
    if (part === undefined || part.type === "text") continue;
    throw unsupportedAt(
      part.path,
      `The steps of this workflow read texts only, and this is of the type ${part.type}.`,
    );
  }
}

function textOf(message: CanonicalMessage): string {
  const texts = message.content.flatMap((part): string[] => {
    if (part.type === "text" || part.type === "refusal") return [part.text];
    return part.type === "tool-result"
      ? part.content.flatMap((content) => (content.type === "text" ? [content.text] : []))
      : [];
  });
  return texts.join("\n");
}
