import type { MeshAddress } from "./mesh-address.ts";

/** The endpoints that take a chat, by the dialect that they speak. */
export type ClientDialect = "openai" | "anthropic" | "gemini";
export const clientDialects: readonly ClientDialect[] = ["openai", "anthropic", "gemini"];

export interface RawChat {
  dialect: ClientDialect;
  model: string;
  /** The user's one message. */
  text: string;
  /** @default false */
  stream?: boolean;
  /** Secret of the virtual key. @default the demo key */
  key?: string;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** How each dialect sends a key. */
export function keyHeaders(dialect: ClientDialect, key: string): Record<string, string> {
  switch (dialect) {
    case "openai":
      return { authorization: `Bearer ${key}` };
    case "anthropic":
      return { "x-api-key": key, "anthropic-version": "2023-06-01" };
    case "gemini":
      return { "x-goog-api-key": key };
  }
}

/** Path of the chat endpoint of a dialect; Gemini names the model and the stream in it. */
export function chatPath(dialect: ClientDialect, model: string, stream = false): string {
  switch (dialect) {
    case "openai":
      return "/v1/chat/completions";
    case "anthropic":
      return "/v1/messages";
    case "gemini":
      return `/v1beta/models/${model}:${stream ? "streamGenerateContent?alt=sse" : "generateContent"}`;
  }
}

/** Body of a chat with one message. */
export function chatBody(dialect: ClientDialect, model: string, text: string, stream = false): unknown {
  switch (dialect) {
    case "openai":
      return { model, stream, messages: [{ role: "user", content: text }] };
    case "anthropic":
      return { model, stream, max_tokens: 1024, messages: [{ role: "user", content: text }] };
    case "gemini":
      return { contents: [{ role: "user", parts: [{ text }] }] };
  }
}

/** Sends one message without an SDK in between. */
export function sendChat(mesh: MeshAddress, chat: RawChat): Promise<Response> {
  const { dialect, model, text, stream = false, key = mesh.apiKey, headers = {}, signal } = chat;
  return fetch(mesh.gateway + chatPath(dialect, model, stream), {
    method: "POST",
    headers: { "content-type": "application/json", ...keyHeaders(dialect, key), ...headers },
    body: JSON.stringify(chatBody(dialect, model, text, stream)),
    signal: signal ?? null,
  });
}
