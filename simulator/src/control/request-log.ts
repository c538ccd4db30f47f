const maxRequests = 1_000;
const maxBytes = 64 * 1024 * 1024;

interface ReceivedRequest {
  atMs: number;
  method: string;
  url: string;
  /** Names and values in turn, as they came. */
  rawHeaders: readonly string[];
  body: Buffer;
}

/** A request as the control API shows it. */
export interface LoggedRequest {
  atMs: number;
  method: string;
  /** With its query; a key in it is shortened. */
  path: string;
  /** Names in lower case; keys are shortened to their last four characters. */
  headers: Record<string, string>;
  bodyBytes: number;
  /** The JSON that was sent, or the text when it is none. */
  body: unknown;
}

const secretHeaders = ["authorization", "x-api-key", "x-goog-api-key", "api-key", "cookie"];

/** The last thousand requests that reached a provider's path, and no more than 64 MiB of them. */
export class RequestLog {
  #requests: ReceivedRequest[] = [];
  #bytes = 0;

  add(request: ReceivedRequest): void {
    this.#requests.push(request);
    this.#bytes += request.body.length;
    while (this.#requests.length > 1 && (this.#bytes > maxBytes || this.#requests.length > 2 * maxRequests)) {
      const surplus = Math.max(1, this.#requests.length - maxRequests);
      for (const dropped of this.#requests.splice(0, surplus)) this.#bytes -= dropped.body.length;
    }
  }

  clear(): void {
    this.#requests = [];
    this.#bytes = 0;
  }

  /** The last requests, the oldest of them first. */
  list(limit: number): LoggedRequest[] {
    return this.#requests.slice(-Math.min(limit, maxRequests)).map((request) => ({
      atMs: request.atMs,
      method: request.method,
      path: request.url.replace(
        /([?&]key=)([^&]*)/,
        (_match, name: string, key: string) => name + shorten(key),
      ),
      headers: readHeaders(request.rawHeaders),
      bodyBytes: request.body.length,
      body: readBody(request.body),
    }));
  }
}

function readHeaders(rawHeaders: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase() ?? "";
    const value = rawHeaders[index + 1] ?? "";
    headers[name] = secretHeaders.includes(name) ? shorten(value) : value;
  }
  return headers;
}

function shorten(secret: string): string {
  return secret.length > 8 ? `…${secret.slice(-4)}` : "…";
}

function readBody(body: Buffer): unknown {
  const text = body.toString("utf8");
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
