import { connect, type Socket } from "node:net";

/** A connection whose bytes a test writes itself. */
export interface RawConnection {
  socket: Socket;
  /** All that has come so far. */
  received(): string;
  /** All that came, once the other side has closed the connection. */
  ended: Promise<string>;
}

/** Opens a connection and writes `text` to it. */
export function openRaw(port: number, text: string): RawConnection {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  let received = "";
  socket.setEncoding("latin1");
  socket.on("data", (piece: string) => {
    received += piece;
  });
  socket.on("error", () => {
    // A connection that is reset has ended, too.
  });
  const ended = new Promise<string>((resolve) => {
    socket.once("end", () => resolve(received));
    socket.once("close", () => resolve(received));
  });
  socket.write(text);
  return { socket, received: () => received, ended };
}

/** A request as it stands on the wire. */
export function rawPost(path: string, body: string, headers: Record<string, string> = {}): string {
  const lines = Object.entries({ host: "gateway", "content-length": Buffer.byteLength(body), ...headers });
  return `POST ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n${body}`;
}

/** Status lines in what came, such as `["200", "404"]`. */
export function statusesIn(received: string): string[] {
  return [...received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status = ""]) => status);
}
