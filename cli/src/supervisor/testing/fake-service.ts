import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { createServer } from "node:http";

/**
 * Stands in for a service, as a real process with the same manners: says that it is ready, ends when it is told to or
 * its supervisor is gone. FAKE_BEHAVIOUR makes it misbehave, and so does a fault file that is there when it starts.
 */
const { FAKE_SERVICE: service = "fake", FAKE_PORT: port = "0", FAKE_BEHAVIOUR: behaviour } = process.env;
const { SLUICE_GATEWAY_SOCKETS: sockets, FAKE_FAULT_FILE: faultFile = "" } = process.env;
/** A process that lingers ends when it has less than that. */
const lingersMs = 60_000;

process.stdout.write(`${JSON.stringify({ variables: Object.keys(process.env).toSorted() })}\n`);
if (behaviour === "fails" || existsSync(faultFile)) {
  process.stderr.write(
    `${JSON.stringify({ level: "fatal", msg: `${service} can't start: the moon is wrong.` })}\n`,
  );
  process.exit(1);
}
const server = createServer((_, response) => response.end("ok"));
/** What it has accepted it answers. */
const end = () => server.close(() => process.exit(0));
process.on("SIGINT", () => {});
process.on("SIGTERM", behaviour === "stays" ? () => {} : end);
process.on("message", (message: { drainMs: number }) => {
  process.stdout.write(`${JSON.stringify(message)}\n`);
  if (behaviour === "stays" || (behaviour === "lingers" && message.drainMs > lingersMs)) server.close();
  else end();
});
process.on("disconnect", () => process.exit(0));
server.listen(sockets === undefined ? { port: Number(port), host: "127.0.0.1" } : { fd: 4 }, () => {
  const address = server.address();
  const listening = typeof address === "object" && address !== null ? address.port : 0;
  const instance = `${service}-${randomUUID().replaceAll("-", "").slice(-16)}`;
  process.send?.({ type: "ready", service, instance, url: `http://127.0.0.1:${listening}` });
});
