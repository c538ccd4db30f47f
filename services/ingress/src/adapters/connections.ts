import type { Server, ServerResponse } from "node:http";
import { Server as HttpsServer } from "node:https";
import type { Socket } from "node:net";

interface Connection {
  readonly responses: Set<ServerResponse>;
  idleSinceMs: number;
  /** What had come by then; more means that a request has begun to arrive. */
  bytesAtIdle: number;
}

/**
 * The connections of a server and what is being answered on each. Node's own way to close a server cuts idle
 * connections at once, on which a client may be sending; this one lets them come to an end.
 */
export class Connections {
  readonly #connections = new Map<Socket, Connection>();
  /** What a server with TLS has accepted, from the handshake on. */
  readonly #accepted = new Set<Socket>();
  #opened = 0;
  #draining = false;

  constructor(server: Server) {
    const hasTls = server instanceof HttpsServer;
    server.on("connection", (socket: Socket) => {
      this.#opened++;
      if (hasTls) this.#accept(socket);
      else this.#take(socket);
    });
    if (hasTls) server.on("secureConnection", (socket: Socket) => this.#take(socket));
    server.on("request", (request, response) => this.#answering(request.socket, response));
  }

  /** How many are open. */
  get count(): number {
    return this.#connections.size;
  }

  /** How many there ever were. */
  get opened(): number {
    return this.#opened;
  }

  /** Whether it is one of them; with TLS once its handshake is done. */
  has(socket: Socket): boolean {
    return this.#connections.has(socket);
  }

  /** Whether a part of an answer has been written and the rest has not. */
  isWithinAnswer(socket: Socket): boolean {
    const responses = [...(this.#connections.get(socket)?.responses ?? [])];
    return responses.some((response) => response.headersSent && !response.writableFinished);
  }

  /** From now on each answer is the last of its connection, and says so. */
  drain(): void {
    this.#draining = true;
    for (const { responses } of this.#connections.values()) beLast([...responses]);
  }

  /**
   * Closes some of those that have been idle for a time. To be called right after the event loop has read all
   * that had come (`setImmediate`), and for few at a time: what a client has sent by then is no longer overlooked.
   * @returns how many were closed
   */
  closeIdle(idleMs: number, most: number): number {
    const since = performance.now() - idleMs;
    let closed = 0;
    for (const [socket, { responses, idleSinceMs, bytesAtIdle }] of this.#connections) {
      if (responses.size > 0 || idleSinceMs > since || socket.bytesRead > bytesAtIdle) continue;
      socket.destroySoon();
      closed++;
      if (closed === most) break;
    }
    return closed;
  }

  /** Closes all of them, whatever they are doing. */
  destroy(): void {
    for (const socket of [...this.#connections.keys(), ...this.#accepted]) socket.destroy();
  }

  #accept(socket: Socket): void {
    this.#accepted.add(socket);
    socket.once("close", () => this.#accepted.delete(socket));
  }

  #take(socket: Socket): void {
    this.#connections.set(socket, {
      responses: new Set(),
      idleSinceMs: performance.now(),
      // What a handshake took is no request.
      bytesAtIdle: socket.bytesRead,
    });
    socket.once("close", () => this.#connections.delete(socket));
  }

  #answering(socket: Socket, response: ServerResponse): void {
    const connection = this.#connections.get(socket);
    if (connection === undefined) return;
    const { responses } = connection;
    responses.add(response);
    if (this.#draining) beLast([...responses]);
    response.once("close", () => {
      responses.delete(response);
      connection.idleSinceMs = performance.now();
      connection.bytesAtIdle = socket.bytesRead;
    });
  }
}

/** Of the answers that a connection owes, the newest is to be the last: Node says so and closes after it. */
function beLast(responses: readonly ServerResponse[]): void {
  const newest = responses.at(-1);
  for (const response of responses) if (!response.headersSent) response.shouldKeepAlive = response !== newest;
}
