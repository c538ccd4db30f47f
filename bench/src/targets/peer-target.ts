import type { Target } from "./target.ts";

/** An OpenAI-compatible gateway that runs already. */
export interface Peer {
  name: string;
  /** Base of its OpenAI API, usually with `/v1`. */
  baseUrl: string;
  headers: Record<string, string>;
}

/** A peer is measured from outside: what it costs in CPU and memory is not known. */
export function peerTarget(peer: Peer): Target {
  return { ...peer, processes: [], stop: () => Promise.resolve() };
}
