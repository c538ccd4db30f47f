import type { Behaviour } from "../behaviour.ts";
import type { HeaderList } from "../http/provider-headers.ts";
import type { Exchange } from "./exchange.ts";

/**
 * Sends a JSON body of known length, or what the behaviour leaves of it: half of it under a header that
 * promises the half (`half-json`) or the whole (`stall-after`, `cut-after`).
 * @returns whether the peer has got all that the header promised
 */
export async function deliverBody(
  exchange: Exchange,
  body: Buffer,
  headers: HeaderList,
  behaviour: Behaviour,
): Promise<boolean> {
  const half = body.subarray(0, Math.floor(body.length / 2));
  const sent = behaviour.halfJson ? half : body;
  exchange.response.writeHead(200, [
    ...headers,
    "content-type",
    "application/json",
    "content-length",
    String(sent.length),
  ]);
  if (behaviour.stallAfter === undefined && behaviour.cutAfter === undefined) {
    await exchange.end(sent);
    return !exchange.aborted;
  }
  await exchange.write(half);
  if (behaviour.cutAfter === undefined) await exchange.wait(Number.POSITIVE_INFINITY);
  else await exchange.cut();
  return false;
}
