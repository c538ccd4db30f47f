import { once } from "node:events";
import { createServer } from "node:http";
import { Pool } from "undici";
import { answerParent } from "../children/answer-parent.ts";
import { passOn } from "./pass-on.ts";

/** A bare reverse proxy: it passes on what comes and does nothing else. Its one argument is the upstream's URL. */
const [upstreamUrl] = process.argv.slice(2);
if (upstreamUrl === undefined) throw new Error("The proxy needs the URL of its upstream.");
const pool = new Pool(upstreamUrl, { connections: 128, pipelining: 1 });

const server = createServer({ keepAliveTimeout: 60_000 }, (incoming, outgoing) =>
  passOn(pool, incoming, outgoing),
);
server.listen(0, "127.0.0.1", 4096);
await once(server, "listening");
const address = server.address();
if (address === null || typeof address === "string") throw new Error("The proxy has no port.");
answerParent(`http://127.0.0.1:${address.port}`, () => undefined);
