import type { Peer } from "./targets/peer-target.ts";

/**
 * Reads a peer as the command line gives it: `name=url`, then any number of `,header=value`.
 * @returns what is wrong with it, as a sentence, where it is no peer
 */
export function parsePeer(text: string): Peer | string {
  const [first = "", ...rest] = text.split(",");
  const [name, baseUrl] = cut(first);
  if (!/^[\w.-]+$/.test(name) || baseUrl === undefined) {
    return "A peer is name=url, as litellm=http://127.0.0.1:4000/v1,authorization=Bearer sk-1.";
  }
  const protocol = URL.canParse(baseUrl) ? new URL(baseUrl).protocol : "";
  if (!/^https?:$/.test(protocol)) return `The URL of ${name} must begin with http:// or https://.`;
  const headers: Record<string, string> = {};
  for (const part of rest) {
    const [header, value] = cut(part);
    if (header === "" || value === undefined) return `A header of ${name} is header=value, not "${part}".`;
    headers[header.toLowerCase()] = value;
  }
  return { name, baseUrl: baseUrl.replace(/\/+$/, ""), headers };
}

function cut(text: string): [string, string | undefined] {
  const at = text.indexOf("=");
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
