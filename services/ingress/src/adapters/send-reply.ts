import { once } from "node:events";
import type { PipelineReply } from "@sluice/bus/pipeline-origin";
import { SluiceError } from "@sluice/contracts/sluice-error";
import type { BreakOff } from "../domain/break-off.ts";
import { type ReplyOutcome, ReplySink, type ReplySinkOptions } from "./reply-sink.ts";

/** How long a client may take to read what is left when the request's time is over. */
const readingGraceMs = 5000;

export interface SendReplyOptions extends ReplySinkOptions {
  /** Time of the request as a whole. */
  timeoutMs: number;
  breakOff: BreakOff;
}

/**
 * Sends a client the reply that comes from the pipeline, as fast as the client reads, and waits until it was
 * handed to the network. A client that goes away cancels the request, and so does a gateway that is stopped; a
 * client that stops reading is cut off when the request's time is over.
 */
export async function sendReply(reply: PipelineReply, options: SendReplyOptions): Promise<ReplyOutcome> {
  const { request, response } = options;
  // A response that stands behind another one of its connection is not told when the connection closes.
  const connection = response.socket === null ? request.socket : response;
  const over = new AbortController();
  const sink = new ReplySink(options, over.signal);
  const leave = (): void => {
    if (response.writableFinished) return;
    over.abort(new SluiceError("client_closed", "The client went away."));
    reply.cancel();
  };
  const unwatch = options.breakOff.watch((error) => {
    if (sink.done) return;
    reply.cancel();
    sink.error(error);
    over.abort(error);
  });
  connection.once("close", leave);
  if (request.socket.destroyed) leave();
  const overdue = setTimeout(() => request.socket.destroy(), options.timeoutMs + readingGraceMs);
  try {
    await writeFrames(reply, sink);
    if (sink.done && !response.writableFinished && !response.destroyed) {
      await once(response, "finish", { signal: over.signal }).catch(() => undefined);
    }
  } finally {
    clearTimeout(overdue);
    connection.off("close", leave);
    unwatch();
  }
  return sink.outcome();
}

async function writeFrames(reply: PipelineReply, sink: ReplySink): Promise<void> {
  for await (const frame of reply) {
    switch (frame.type) {
      case "head":
        sink.head(frame.head);
        break;
      case "data":
        await sink.data(frame.bytes);
        break;
      case "heartbeat":
        sink.heartbeat();
        break;
      case "end":
        sink.end();
        break;
      case "error":
        sink.error(frame.error);
        break;
    }
  }
}
