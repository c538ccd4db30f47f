/** Times that the two ends of a reply agree on. All in milliseconds. */
export interface BusTimings {
  /** A writer with nothing to say for so long says that it is alive; a step at work on a request after half of it. @default 2000 */
  heartbeatMs: number;
  /** A reader that hears nothing for so long takes the writer for dead. @default 7000, three heartbeats and a bit */
  silenceMs: number;
  /** How long the origin waits for a sign of life of a delivery before it sends the request again. @default 2000 */
  acceptMs: number;
  /** How long the origin goes on trying once it was told that a step has no instance. @default 800, so that the client has its 503 within a second */
  unreachableMs: number;
  /** How long a router waits for the origin's leave to call the provider. @default 5000 */
  proceedMs: number;
}

export const defaultTimings: BusTimings = Object.freeze({
  heartbeatMs: 2000,
  silenceMs: 7000,
  acceptMs: 2000,
  unreachableMs: 800,
  proceedMs: 5000,
});

/** How often a request is sent at most when nothing is heard of it. */
export const maxUnheardDeliveries = 5;

/** Milliseconds after which a delivery that nobody was heard of can no longer get the origin's leave, as a rule. */
export function longestWithoutLeaveMs({ acceptMs }: BusTimings): number {
  return maxUnheardDeliveries * acceptMs;
}
