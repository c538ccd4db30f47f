import type { MediaSource } from "./canonical-content.ts";

const dataUrl = /^data:([^;,]*)(?:;[^;,]*)*;base64,/i;

/**
 * Reads a URL as OpenAI's clients give it: a data URL with base64, or the address of something on the web.
 * @returns undefined for any other URL.
 */
export function readMediaUrl(url: string): MediaSource | undefined {
  // The head is short; matching against the whole would copy megabytes.
  const head = dataUrl.exec(url.slice(0, 256));
  if (head !== null) {
    const mediaType = head[1] === undefined || head[1] === "" ? "text/plain" : head[1].toLowerCase();
    return { kind: "base64", mediaType, data: url.slice(head[0].length) };
  }
  return /^https?:\/\//i.test(url) ? { kind: "url", url } : undefined;
}

/** The URL form of a source. */
export function writeMediaUrl(source: MediaSource): string {
  return source.kind === "url" ? source.url : `data:${source.mediaType};base64,${source.data}`;
}

const mediaTypesByExtension: Record<string, string> = {
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  gif: "image/gif",
  webp: "image/webp",
  heic: "image/heic",
  heif: "image/heif",
  pdf: "application/pdf",
  txt: "text/plain",
  wav: "audio/wav",
  mp3: "audio/mp3",
};

/** Media type by the extension of the URL's path; undefined where that says nothing. */
export function guessMediaType(url: string): string | undefined {
  const path = URL.canParse(url) ? new URL(url).pathname : url;
  const extension = /\.([a-z0-9]+)$/i.exec(path)?.[1]?.toLowerCase();
  return extension === undefined ? undefined : mediaTypesByExtension[extension];
}

/** Base64 in the alphabet that every provider takes; Gemini's clients may send the URL-safe one. */
export function standardBase64(data: string): string {
  return data.replaceAll("-", "+").replaceAll("_", "/");
}
