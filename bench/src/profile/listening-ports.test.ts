import { once } from "node:events";
import { createServer } from "node:net";
import { expect, test } from "vitest";
import { listeningPorts, portsOf } from "./listening-ports.ts";

const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 111 1 0 100 0 0 10 0
   1: 0100007F:2405 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 222 1 0 100 0 0 10 0
   2: 0100007F:2406 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1000        0 333 1 0 100 0 0 10 0
`;

test("ports are those of the sockets that listen and are the process's own", () => {
  expect(portsOf(table, new Set(["111", "333"]))).toEqual(new Set([8080]));
});

test("a process is seen to listen", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  expect(listeningPorts(process.pid)).toContain(port);
  server.close();
});
