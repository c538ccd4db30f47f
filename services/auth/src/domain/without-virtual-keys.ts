import type { ForwardedRequest } from "@sluice/contracts/envelope";
import { virtualKeyPrefix } from "@sluice/resources/virtual-key";
import { pathWithout } from "./path-without.ts";

/** A virtual key, whatever is around it. */
const virtualKey = new RegExp(`${virtualKeyPrefix}[A-Za-z0-9_-]{43}`);

/**
 * The request for the destination without virtual keys, in whatever header or query parameter the client has put one:
 * they are the gateway's to know and nobody else's. A path that holds none stays as it is written.
 */
export function withoutVirtualKeys(request: ForwardedRequest): ForwardedRequest {
  const headers = Object.fromEntries(
    Object.entries(request.headers).filter(([, value]) => !virtualKey.test(value)),
  );
  return { ...request, headers, path: pathWithout(request.path, (value) => virtualKey.test(value)) };
}
