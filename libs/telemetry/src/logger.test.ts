import { spawn } from "node:child_process";
import { once } from "node:events";
import { Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { expect, test } from "vitest";
import { createLogger, type LogLevel } from "./logger.ts";

test("a line is JSON with time, level, service, instance and message", () => {
  const { logger, lines } = recordedLogger();
  logger.info({ requestId: "r-1" }, "request done");
  const [line] = lines();
  expect(line).toEqual({
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    level: "info",
    service: "router",
    instance: "router-a1b2c3d4",
    requestId: "r-1",
    msg: "request done",
  });
});

test("lines below the level are not written", () => {
  const { logger, lines } = recordedLogger("warn");
  logger.info("too small");
  logger.warn("large enough");
  expect(lines().map((line) => line.msg)).toEqual(["large enough"]);
});

test.each(["err", "error"])("an error under %s is logged by its code and causes", (field) => {
  const { logger, lines } = recordedLogger();
  const error = new SluiceError("provider_error", "The provider failed.", { cause: new Error("status 500") });
  logger.error({ [field]: error }, "call failed");
  expect(lines()[0]?.[field]).toMatchObject({ code: "provider_error", cause: { message: "status 500" } });
});

test("an error as the only argument is logged the same way", () => {
  const { logger, lines } = recordedLogger();
  logger.error(new SluiceError("overloaded", "Too many requests are open."));
  expect(lines()[0]).toMatchObject({ err: { code: "overloaded" }, msg: "Too many requests are open." });
});

test("secrets are replaced in lines and in what a child logger is bound to", () => {
  const { logger, lines } = recordedLogger();
  logger.child({ credential: "sk-secret" }).info({ headers: { Authorization: "Bearer sk-secret" } }, "hello");
  expect(lines()[0]).toMatchObject({ credential: "[redacted]", headers: { Authorization: "[redacted]" } });
});

test("no line is lost when the process exits right after logging", async () => {
  const program = `
    import { createLogger } from ${JSON.stringify(new URL("./logger.ts", import.meta.url).href)};
    const logger = createLogger({ service: "router", instance: "router-a1b2c3d4", level: "info" });
    process.on("SIGTERM", () => {
      for (let number = 0; number < 5000; number++) logger.info({ number }, "a line");
      process.exit(0);
    });
    setInterval(() => {}, 1000);
    process.send("listening");
  `;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  const output = text(child.stdout ?? missing("stdout"));
  await once(child, "message");
  child.kill("SIGTERM");
  const lines = (await output).trim().split("\n");
  expect(lines).toHaveLength(5000);
  expect(JSON.parse(lines.at(-1) ?? "")).toMatchObject({ number: 4999 });
});

function recordedLogger(level: LogLevel = "info") {
  const written: string[] = [];
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      written.push(chunk.toString());
      done();
    },
  });
  const logger = createLogger({ service: "router", instance: "router-a1b2c3d4", level, destination });
  const lines = () => written.map((line) => JSON.parse(line) as Record<string, unknown>);
  return { logger, lines };
}

function missing(what: string): never {
  throw new Error(`the child has no ${what}`);
}
