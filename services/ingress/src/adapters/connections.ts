import type { Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/**
 * The connections of a server and what is being answered on each. Node closes idle connections by itself when
 * a server closes, but neither those that have had no request yet nor those that become idle afterwards.
 */
export class Connections {
  readonly #responses = new Map<Socket, Set<ServerResponse>>();
  #draining = false;

  constructor(server: Server) {
    server.on("connection", (socket: Socket) => this.#opened(socket));
    server.on("request", (request, response) => this.#answering(request.socket, response));
  }

  /** Whether a part of an answer has been written and the rest has not. */
  isWithinAnswer(socket: Socket): boolean {
    const responses = [...(this.#responses.get(socket) ?? [])];
    return responses.some((response) => response.headersSent && !response.writableFinished);
  }

  /** Closes what is idle, and from now on each connection with its last answer. */
  drain(): void {
    this.#draining = true;
    for (const [socket, responses] of this.#responses) if (responses.size === 0) socket.destroy();
  }

  #opened(socket: Socket): void {
    if (this.#draining) {
      socket.destroy();
      return;
    }
    this.#responses.set(socket, new Set());
    socket.once("close", () => this.#responses.delete(socket));
  }

  #answering(socket: Socket, response: ServerResponse): void {
    const responses = this.#responses.get(socket);
    responses?.add(response);
    response.once("close", () => {
      responses?.delete(response);
      if (this.#draining && responses?.size === 0) socket.destroySoon();
    });
  }
}
