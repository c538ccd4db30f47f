import type { ProviderName } from "@sluice/simulator/provider-name";
import { z } from "zod";
import type { MeshAddress } from "./mesh-address.ts";
import { providerRequests } from "./simulator.ts";

/** What a provider was told, whatever its wire format. */
export interface ToldProvider {
  /** The system prompt; undefined when there is none. */
  system: string | undefined;
  /** Media type and base64 of each image. */
  images: { mediaType: string; data: string }[];
  headers: Record<string, string>;
}

const text = z.object({ text: z.string() });

const openaiBody = z.object({
  messages: z.array(z.looseObject({ role: z.string(), content: z.unknown() })),
});
const openaiImage = z.object({ image_url: z.object({ url: z.string() }) });
const anthropicBody = z.object({
  system: z.union([z.string(), z.array(text)]).optional(),
  messages: z.array(z.object({ content: z.unknown() })),
});
const anthropicImage = z.object({ source: z.object({ media_type: z.string(), data: z.string() }) });
const geminiBody = z.object({
  systemInstruction: z.object({ parts: z.array(text) }).optional(),
  contents: z.array(z.object({ parts: z.array(z.unknown()) })),
});
const geminiImage = z.object({ inlineData: z.object({ mimeType: z.string(), data: z.string() }) });

/** Reads the last request for a model as the provider got it. @throws when it is not in the provider's format */
export async function toldProvider(
  mesh: MeshAddress,
  provider: ProviderName,
  model: string,
): Promise<ToldProvider> {
  const request = (await providerRequests(mesh, model)).at(-1);
  if (request === undefined) throw new Error("the provider was not called");
  return { ...read(provider, request.body), headers: request.headers };
}

function read(provider: ProviderName, body: unknown): Omit<ToldProvider, "headers"> {
  switch (provider) {
    case "openai": {
      const { messages } = openaiBody.parse(body);
      const system = messages.filter(({ role }) => role === "system" || role === "developer");
      return {
        system: joined(system.flatMap(({ content }) => textsOf(content))),
        images: partsOf(messages, openaiImage).map(({ image_url: { url } }) => {
          const [, mediaType = "", data = ""] = /^data:([^;]+);base64,(.*)$/.exec(url) ?? [];
          return { mediaType, data };
        }),
      };
    }
    case "anthropic": {
      const { system, messages } = anthropicBody.parse(body);
      return {
        system: joined(textsOf(system)),
        images: partsOf(messages, anthropicImage).map(({ source }) => ({
          mediaType: source.media_type,
          data: source.data,
        })),
      };
    }
    case "gemini": {
      const { systemInstruction, contents } = geminiBody.parse(body);
      return {
        system: joined(textsOf(systemInstruction?.parts)),
        images: partsOf(
          contents.map(({ parts }) => ({ content: parts })),
          geminiImage,
        ).map(({ inlineData }) => ({ mediaType: inlineData.mimeType, data: inlineData.data })),
      };
    }
  }
}

function textsOf(content: unknown): string[] {
  if (content === undefined) return [];
  return typeof content === "string"
    ? [content]
    : z
        .array(text)
        .parse(content)
        .map((part) => part.text);
}

function joined(texts: string[]): string | undefined {
  return texts.length === 0 ? undefined : texts.join("\n");
}

/** The parts of all messages that fit a schema. */
function partsOf<Part>(messages: { content?: unknown }[], schema: z.ZodType<Part>): Part[] {
  const parts = messages.flatMap(({ content }): unknown[] => (Array.isArray(content) ? content : []));
  return parts.flatMap((part) => {
    const parsed = schema.safeParse(part);
    return parsed.success ? [parsed.data] : [];
  });
}
