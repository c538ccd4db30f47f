import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { findFreePort } from "@sluice/servers/free-port";
import { request } from "undici";
import { BenchError } from "../bench-error.ts";
import { type BoundProcess, startBoundProcess } from "./bound-process.ts";
import type { Target } from "./target.ts";

const script = fileURLToPath(
  new URL("../../node_modules/@portkey-ai/gateway/build/start-server.js", import.meta.url),
);
const startTimeoutMs = 20_000;

/** Portkey's gateway as its package starts it, in production mode and without its console. */
export async function startPortkeyTarget(upstreamUrl: string): Promise<Target> {
  const port = await findFreePort();
  const gateway = startBoundProcess(
    process.execPath,
    ["--inspect-port=0", script, `--port=${port}`, "--headless"],
    { PATH: process.env.PATH, NODE_ENV: "production" },
  );
  const url = `http://127.0.0.1:${port}`;
  try {
    await untilAnswering(url, gateway);
    if (gateway.pid === undefined) throw new BenchError("portkey has no process id.");
    return {
      name: "portkey",
      baseUrl: `${url}/v1`,
      headers: {
        authorization: "Bearer bench",
        "x-portkey-provider": "openai",
        "x-portkey-custom-host": `${upstreamUrl}/v1`,
      },
      processes: [{ service: "portkey", pid: gateway.pid }],
      stop: () => gateway.stop(),
    };
  } catch (error) {
    await gateway.stop();
    throw error;
  }
}

async function untilAnswering(url: string, gateway: BoundProcess): Promise<void> {
  let howItEnded: string | undefined;
  void gateway.ended.then((words) => {
    howItEnded = words;
  });
  const deadlineMs = performance.now() + startTimeoutMs;
  while (howItEnded === undefined && performance.now() < deadlineMs) {
    try {
      const { body } = await request(url);
      await body.dump();
      return;
    } catch {
      await delay(50);
    }
  }
  throw new BenchError(
    howItEnded === undefined
      ? `portkey did not answer within ${startTimeoutMs / 1000} s.`
      : `portkey did not start (${howItEnded}): ${gateway.printed().trim()}`,
  );
}
