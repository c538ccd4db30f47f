import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { type ControlReply, type ControlRequest, controlRequestSchema } from "../control-protocol.ts";

/** The kernel takes no longer name of a socket, on some systems. */
const longestPathBytes = 100;

export interface ControlSocket {
  path: string;
  close(): void;
}

/**
 * Takes orders from `sluice` on this machine. An order goes on when whoever gave it has gone.
 * @param obey does what is asked, telling each step in a line; gives whether it succeeded
 */
export async function openControlSocket(
  dataDir: string,
  obey: (request: ControlRequest, tell: (line: string) => void) => Promise<boolean>,
): Promise<ControlSocket> {
  const wanted = join(dataDir, "control.sock");
  const isShort = Buffer.byteLength(wanted) <= longestPathBytes;
  const path = isShort ? wanted : join(mkdtempSync(join(tmpdir(), "sluice-")), "control.sock");
  const remove = (): void => rmSync(isShort ? path : dirname(path), { recursive: true, force: true });
  if (isShort) remove();
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
    void converse(socket, obey);
  });
  await listen(server, path);
  chmodSync(path, 0o600);
  return {
    path,
    close: () => {
      server.close();
      for (const socket of open) socket.destroy();
      remove();
    },
  };
}

async function converse(
  socket: Socket,
  obey: (request: ControlRequest, tell: (line: string) => void) => Promise<boolean>,
): Promise<void> {
  // Whoever asked may go at any time.
  socket.on("error", () => undefined);
  const reply = (words: ControlReply): void => {
    if (socket.writable) socket.write(`${JSON.stringify(words)}\n`);
  };
  for await (const line of createInterface({ input: socket })) {
    const request = controlRequestSchema.safeParse(parseJson(line));
    if (request.success) {
      reply({ succeeded: await obey(request.data, (told) => reply({ line: told })) });
    } else {
      reply({ line: "The supervisor does not know this command: it may be of another version." });
      reply({ succeeded: false });
    }
    break;
  }
  socket.end();
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
