import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { z } from "zod";
import { answerParent } from "../children/answer-parent.ts";
import { readWordVectors, textVector } from "./word-vectors.ts";

/**
 * An OpenAI endpoint that answers at once: a chat with its own last message, so that it shows which question a reply
 * was made for, and embeddings with the vectors of words. An order is answered with how often each was asked.
 */
const vectors = readWordVectors();
const usage = { prompt_tokens: 20, completion_tokens: 20, total_tokens: 40 };
const asked = { chat: 0, embeddings: 0 };

const chatSchema = z.object({ messages: z.array(z.object({ content: z.string() })).min(1) });
const embeddingsSchema = z.object({ input: z.string() });

const server = createServer((incoming, outgoing) => {
  answer(incoming).then(
    (reply) => outgoing.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(reply)),
    (error: unknown) => outgoing.writeHead(400).end(JSON.stringify({ error: { message: String(error) } })),
  );
});

async function answer(incoming: IncomingMessage): Promise<object> {
  const body: unknown = JSON.parse(Buffer.concat(await incoming.toArray()).toString());
  if (incoming.url?.endsWith("/embeddings")) {
    asked.embeddings++;
    const embedding = textVector(vectors, embeddingsSchema.parse(body).input);
    const data = [{ object: "embedding", index: 0, embedding }];
    return { object: "list", model: "text-embedding-3-small", data, usage };
  }
  asked.chat++;
  const content = chatSchema.parse(body).messages.at(-1)?.content;
  return {
    id: "chatcmpl-bench",
    object: "chat.completion",
    created: 1,
    model: "gpt-4o-mini",
    choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }],
    usage,
  };
}

server.listen(0, "127.0.0.1", 4096);
await once(server, "listening");
const address = server.address();
if (address === null || typeof address === "string") throw new Error("The upstream has no port.");
answerParent(`http://127.0.0.1:${address.port}`, () => ({ ...asked }));
