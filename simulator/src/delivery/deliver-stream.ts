import type { Behaviour } from "../behaviour.ts";
import { ProviderError } from "../provider-error.ts";
import type { ChatDialect, ChatReply, Framing, StreamPart } from "./chat-dialect.ts";
import type { Exchange } from "./exchange.ts";

const comment = ": a comment of the simulator\n\n";
const invalidEvents: Record<Framing, string> = {
  plain: "",
  sse: 'data: {"broken": \n\nthis line is no field of an event\n\n',
  array: ',\r\n{"broken": ',
};

/**
 * Sends a reply as a stream at the pace that the behaviour asks for: `burst` chunks in one write, then a
 * gap of `chunkMs` or at least a turn of the event loop, so that each burst is a packet of its own.
 * @returns output tokens that were written before the stream ended, however it ended
 */
export async function deliverStream(
  exchange: Exchange,
  dialect: ChatDialect,
  reply: ChatReply,
  framing: Framing,
  behaviour: Behaviour,
): Promise<number> {
  const pacer = new Pacer(exchange, dialect.keepalive(framing), behaviour);
  const parts = dialect.streamParts(reply, framing);
  for (const part of behaviour.halfJson ? firstHalf(parts) : parts) {
    if (part.chunk) {
      if (pacer.chunks === behaviour.stallAfter) return pacer.stall();
      if (pacer.chunks === behaviour.cutAfter) return pacer.cut();
      if (pacer.chunks === behaviour.errorAfter) {
        const error = new ProviderError(behaviour.status ?? 529, "Overloaded");
        return pacer.end(dialect.streamedError(error, framing));
      }
      await pacer.gap();
      if (behaviour.comment && framing === "sse") pacer.add(comment);
      if (behaviour.invalidSse && pacer.chunks === 1) pacer.add(invalidEvents[framing]);
    }
    pacer.addPart(part);
    if (exchange.closed) return pacer.written;
  }
  return pacer.end();
}

/** Collects what goes into one write, and waits between the writes. */
class Pacer {
  /** Chunks taken so far. */
  chunks = 0;
  /** Output tokens that have left. */
  written = 0;
  readonly #exchange: Exchange;
  readonly #keepalive: string;
  readonly #behaviour: Behaviour;
  readonly #burst: number;
  #buffer = "";
  #bufferedTokens = 0;

  constructor(exchange: Exchange, keepalive: string, behaviour: Behaviour) {
    this.#exchange = exchange;
    this.#keepalive = keepalive;
    this.#behaviour = behaviour;
    this.#burst = behaviour.burst ?? 1;
  }

  add(data: string): void {
    this.#buffer += data;
  }

  addPart(part: StreamPart): void {
    this.#buffer += part.data;
    this.#bufferedTokens += part.tokens;
    if (part.chunk) this.chunks += 1;
  }

  /** The pause before a chunk, if one is due there. */
  async gap(): Promise<void> {
    if (this.chunks % this.#burst !== 0) return;
    const pauseMs = this.chunks === 0 ? this.#behaviour.firstTokenMs : this.#behaviour.chunkMs;
    if (pauseMs === undefined && this.chunks === 0) return;
    await this.#flush();
    if (pauseMs === undefined || pauseMs === 0) await this.#exchange.nextTurn();
    else await this.#idle(pauseMs);
  }

  async stall(): Promise<number> {
    await this.#flush();
    await this.#idle(Number.POSITIVE_INFINITY);
    return this.written;
  }

  async cut(): Promise<number> {
    await this.#flush();
    await this.#exchange.cut();
    return this.written;
  }

  async end(last = ""): Promise<number> {
    if (this.#exchange.closed) return this.written;
    this.written += this.#bufferedTokens;
    await this.#exchange.end(this.#buffer + last);
    return this.written;
  }

  async #flush(): Promise<void> {
    if (this.#exchange.closed) return;
    this.written += this.#bufferedTokens;
    const data = this.#buffer;
    this.#buffer = "";
    this.#bufferedTokens = 0;
    await this.#exchange.write(data);
  }

  async #idle(pauseMs: number): Promise<void> {
    const keepaliveMs = this.#behaviour.keepaliveMs;
    if (keepaliveMs === undefined) return this.#exchange.wait(pauseMs);
    for (let left = pauseMs; left > 0 && !this.#exchange.closed; left -= keepaliveMs) {
      await this.#exchange.wait(Math.min(left, keepaliveMs));
      if (left > keepaliveMs) await this.#exchange.write(this.#keepalive);
    }
  }
}

/** The parts of a finite stream up to the middle of its bytes, which lies within an event. */
function* firstHalf(parts: Iterable<StreamPart>): Generator<StreamPart> {
  const all = [...parts];
  let left = Math.floor(all.reduce((sum, part) => sum + part.data.length, 0) / 2);
  for (const part of all) {
    if (part.data.length >= left) {
      const data = part.data.slice(0, Math.max(1, Math.min(left, part.data.length - 5)));
      yield { ...part, data };
      return;
    }
    left -= part.data.length;
    yield part;
  }
}
