import { createServer } from "node:http";
import { json } from "node:stream/consumers";

/** A provider that answers each call with the JSON that it was last given. */
export interface ScriptedProvider {
  url: string;
  answerWith(reply: unknown): void;
  stop(): Promise<void>;
}

/** For what the simulator never does: to name another model than it was asked for, or to report any usage. */
export async function startScriptedProvider(): Promise<ScriptedProvider> {
  let reply: unknown = {};
  const server = createServer((request, response) => {
    void json(request).then(() => {
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(reply));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`,
    answerWith: (next) => {
      reply = next;
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A chat completion as OpenAI writes it. */
export function chatCompletion(model: string, promptTokens: number, completionTokens: number): unknown {
  return {
    id: "chatcmpl-1",
    object: "chat.completion",
    model,
    choices: [{ index: 0, message: { role: "assistant", content: "Yes." }, finish_reason: "stop" }],
    usage: {
      prompt_tokens: promptTokens,
      completion_tokens: completionTokens,
      total_tokens: promptTokens + completionTokens,
    },
  };
}

/** A reply as Gemini writes it. */
export function generatedContent(modelVersion: string, promptTokens: number, outputTokens: number): unknown {
  return {
    responseId: "response-1",
    modelVersion,
    candidates: [{ index: 0, content: { role: "model", parts: [{ text: "Yes." }] }, finishReason: "STOP" }],
    usageMetadata: {
      promptTokenCount: promptTokens,
      candidatesTokenCount: outputTokens,
      totalTokenCount: promptTokens + outputTokens,
    },
  };
}
