import type { ForwardedRequest } from "@sluice/contracts/envelope";
import { virtualKeyPrefix } from "@sluice/resources/virtual-key";

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
  return { ...request, headers, path: withoutKeyParameters(request.path) };
}

function withoutKeyParameters(path: string): string {
  const start = path.indexOf("?");
  if (start === -1) return path;
  const query = new URLSearchParams(path.slice(start));
  const held = [...query].filter(([, value]) => virtualKey.test(value));
  if (held.length === 0) return path;
  for (const [name, value] of held) query.delete(name, value);
  return query.size === 0 ? path.slice(0, start) : `${path.slice(0, start)}?${query}`;
}
