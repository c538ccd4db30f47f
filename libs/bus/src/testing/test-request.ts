import { randomUUID } from "node:crypto";
import type { SluiceError } from "@sluice/contracts/sluice-error";
import type { Bus } from "../bus.ts";
import type { ReplyFrame } from "../frame-reader.ts";
import { type OriginEnvelope, type PipelineReply, sendToPipeline } from "../pipeline-origin.ts";

/** The envelope of a request of no particular content. */
export function testEnvelope(): OriginEnvelope {
  return {
    requestId: randomUUID(),
    receivedAtMs: Date.now(),
    revision: 1,
    dialect: "openai",
    operation: "chat",
    model: "gpt-5-mini",
    stream: false,
    streamFraming: "sse",
    bodyBytes: 0,
    headers: {},
    decisions: [],
  };
}

/** Sends a request of no particular content into the pipeline. */
export function sendTestRequest(
  bus: Bus,
  body: string | Uint8Array = "{}",
  timeoutMs = 10_000,
): PipelineReply {
  return sendToPipeline(bus, { envelope: testEnvelope(), body: Buffer.from(body), timeoutMs });
}

/** Reads a reply to its end; heartbeats are left out. */
export async function collectFrames(reply: PipelineReply): Promise<ReplyFrame[]> {
  const frames: ReplyFrame[] = [];
  for await (const frame of reply) if (frame.type !== "heartbeat") frames.push(frame);
  return frames;
}

/** The data of a reply as text. */
export function textOf(frames: ReplyFrame[]): string {
  return Buffer.concat(
    frames.map((frame) => (frame.type === "data" ? frame.bytes : Buffer.alloc(0))),
  ).toString();
}

/** The error that a reply ended with. */
export function errorOf(frames: ReplyFrame[]): SluiceError {
  const last = frames.at(-1);
  if (last?.type !== "error") throw new Error(`ended with ${last?.type}`);
  return last.error;
}
