import { readFileSync } from "node:fs";
import { get } from "node:http";
import { parts } from "./parts.ts";

/**
 * The health check of a container: exit code 0 when the part of the mesh that it runs takes requests, else 1 and
 * what it says instead. Which part it is stands in the command line of PID 1; any other command is healthy while it
 * runs. It is run again and again, so it loads as little as it can.
 */
const timeoutMs = 2000;

const words = readFileSync("/proc/1/cmdline", "utf8").split("\0");
const name = words.find((word) => Object.hasOwn(parts, word)) ?? "";
const part = parts[name];
if (part !== undefined) {
  const request = get(part.readinessUrl(process.env), { timeout: timeoutMs }, (response) => {
    if (!part.isReady(response.statusCode ?? 0)) {
      process.exitCode = 1;
      response.pipe(process.stdout);
    } else response.resume();
  });
  request.on("timeout", () => request.destroy(new Error(`no answer within ${timeoutMs} ms`)));
  request.on("error", (error) => {
    process.exitCode = 1;
    process.stdout.write(error.message);
  });
}
