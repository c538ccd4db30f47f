import type { Target } from "./target.ts";

/** The upstream itself: what is added to a latency is added to this one's. */
export function directTarget(upstreamUrl: string): Target {
  return {
    name: "direct",
    baseUrl: `${upstreamUrl}/v1`,
    headers: {},
    processes: [],
    stop: () => Promise.resolve(),
  };
}
