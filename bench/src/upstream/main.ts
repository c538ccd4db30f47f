import { once } from "node:events";
import { createServer } from "node:net";
import { answerParent } from "../children/answer-parent.ts";
import { plainReply, streamBursts } from "./reply-bytes.ts";
import { RequestScanner } from "./request-scanner.ts";
import { type UpstreamMode, upstreamOrderSchema } from "./upstream-mode.ts";
import { writeStream } from "./write-stream.ts";

/**
 * An OpenAI endpoint that costs next to nothing: it answers every request at once with bytes that were made before.
 * It is no HTTP server on purpose: one that understands what it reads would cost more than some of what is measured.
 * Its one argument is its port; 0 takes any free one.
 */
let mode: UpstreamMode = { kind: "plain" };
let bursts: readonly Buffer[] = [];
let answered = 0;
const plain = plainReply();

const server = createServer({ noDelay: true }, (socket) => {
  const scanner = new RequestScanner();
  socket.on("error", () => undefined);
  socket.on("data", (piece: Buffer) => {
    for (let ended = scanner.push(piece); ended > 0; ended--) {
      answered++;
      if (mode.kind === "plain") socket.write(plain);
      else writeStream(socket, bursts, mode);
    }
  });
});
server.listen(Number(process.argv[2] ?? 0), "127.0.0.1", 4096);
await once(server, "listening");
const address = server.address();
if (address === null || typeof address === "string") throw new Error("The upstream has no port.");

answerParent(`http://127.0.0.1:${address.port}`, (order) => {
  const before = { answered };
  mode = upstreamOrderSchema.parse(order).mode;
  bursts = mode.kind === "stream" ? streamBursts(mode) : [];
  answered = 0;
  return before;
});
