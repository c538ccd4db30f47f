import { setTimeout as sleep } from "node:timers/promises";
import { streamElectionMs } from "../stream-election.ts";
import { mayPassByItself } from "./stream-refusal.ts";

/** How long one answer of a stream may take: a question may have gone to a server that has just died. */
export const streamAnswerMs = 2000;
const pauseMs = 250;

/**
 * Does some work with a stream, and does it again while the stream may be electing a leader.
 * @throws what the work throws, when it is something else or goes on for too long
 */
export async function waitForStream<Result>(work: () => Promise<Result>): Promise<Result> {
  const deadlineMs = performance.now() + streamElectionMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!mayPassByItself(error) || performance.now() + pauseMs > deadlineMs) throw error;
      await sleep(pauseMs);
    }
  }
}
