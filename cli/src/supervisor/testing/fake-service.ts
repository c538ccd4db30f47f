import { randomUUID } from "node:crypto";
import { createServer } from "node:http";

/**
 * Stands in for a service, as a real process with the same manners: says that it is ready, drains on SIGTERM, ends
 * when its supervisor is gone. FAKE_BEHAVIOUR makes it misbehave.
 */
const { FAKE_SERVICE: service = "fake", FAKE_PORT: port = "0", FAKE_BEHAVIOUR: behaviour } = process.env;

process.stdout.write(`${JSON.stringify({ variables: Object.keys(process.env).toSorted() })}\n`);
if (behaviour === "fails") {
  process.stderr.write(
    `${JSON.stringify({ level: "fatal", msg: `${service} can't start: the moon is wrong.` })}\n`,
  );
  process.exit(1);
}
const server = createServer((_, response) => response.end("ok"));
const end = () => process.exit(0);
process.on("SIGINT", () => {});
process.on("SIGTERM", behaviour === "stays" ? () => {} : end);
process.on("disconnect", end);
server.listen(Number(port), "127.0.0.1", () => {
  const address = server.address();
  const listening = typeof address === "object" && address !== null ? address.port : 0;
  const instance = `${service}-${randomUUID().replaceAll("-", "").slice(-16)}`;
  process.send?.({ type: "ready", service, instance, url: `http://127.0.0.1:${listening}` });
});
