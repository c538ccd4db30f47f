import type { Usage } from "@sluice/contracts/usage";
import type { CanonicalChatReply } from "@sluice/dialects/canonical-reply";
import type { CanonicalStreamEvent } from "@sluice/dialects/canonical-stream";
import type { Dialect, ReplyFacts } from "@sluice/dialects/dialect";
import { openaiDialect } from "@sluice/dialects/openai/openai-dialect";
import { presentFields } from "@sluice/dialects/present-fields";
import type { StreamTranslation } from "./reply-translation.ts";
import { sumUsage } from "./sum-usage.ts";
import { translateChat } from "./translate.ts";

/** How the reply of a step becomes the client's. The model that it names is the workflow. */
export interface WorkflowReplyOptions {
  client: Dialect;
  facts: ReplyFacts;
}

/** A step's stream as the client's. @param before what the other steps have used: the client is told of all together */
export function translateStepStream(
  { client, facts }: WorkflowReplyOptions,
  before: Usage,
): StreamTranslation {
  const provider: Dialect = {
    ...openaiDialect,
    createStreamReader: () => {
      const reader = openaiDialect.createStreamReader();
      const ofWorkflow = (events: CanonicalStreamEvent[]) =>
        events.map((event) => eventOfWorkflow(event, before));
      return { push: (event) => ofWorkflow(reader.push(event)), finish: () => ofWorkflow(reader.finish()) };
    },
  };
  return translateChat({ client, provider, facts }).stream();
}

function eventOfWorkflow(event: CanonicalStreamEvent, before: Usage): CanonicalStreamEvent {
  if (event.type === "usage") return { type: "usage", usage: sumUsage(before, event.usage) };
  return event.type === "start" ? { type: "start" } : event;
}

/** A whole reply as the client's. @param usage of all steps together */
export function writeWorkflowReply(
  { client, facts }: WorkflowReplyOptions,
  { candidates }: CanonicalChatReply,
  usage: Usage,
): Buffer {
  return Buffer.from(JSON.stringify(client.writeChatReply({ candidates, usage }, facts)));
}

/** A whole reply as the stream that the client asked for: each part in one piece. */
export function writeWorkflowStream(
  { client, facts }: WorkflowReplyOptions,
  reply: CanonicalChatReply,
  usage: Usage,
): Buffer {
  const writer = client.createStreamWriter(facts);
  const events: CanonicalStreamEvent[] = [{ type: "start" }, ...eventsOf(reply), { type: "usage", usage }];
  return Buffer.from(events.map((event) => writer.write(event)).join("") + writer.end());
}

function eventsOf({ candidates }: CanonicalChatReply): CanonicalStreamEvent[] {
  return candidates.flatMap(({ index: candidate, content, finishReason, stopSequence }) => [
    ...content.flatMap((part): CanonicalStreamEvent[] =>
      part.type === "text" || part.type === "refusal" || part.type === "thinking"
        ? [{ type: part.type, candidate, text: part.text }]
        : [],
    ),
    { type: "finish" as const, candidate, finishReason, ...presentFields({ stopSequence }) },
  ]);
}
