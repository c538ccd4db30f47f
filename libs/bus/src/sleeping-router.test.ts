import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { type Instance, instanceSchema } from "@sluice/contracts/service-name";
import { controlSubject } from "@sluice/contracts/subjects";
import { describe, expect, it, onTestFinished } from "vitest";
import { connectionOf } from "./internal/connection.ts";
import { decodeControl } from "./internal/control-codec.ts";
import { subscribe } from "./internal/subscribe.ts";
import { toRouter } from "./testing/test-handlers.ts";
import { collectFrames, errorOf, sendTestRequest } from "./testing/test-request.ts";
import { useTestBus } from "./testing/use-test-bus.ts";

const { connect, credentials, serve } = useTestBus();

async function startSleeper(instance: Instance): Promise<ChildProcess> {
  const { servers, nkeySeed } = credentials("router");
  const script = join(import.meta.dirname, "testing/sleeping-router.ts");
  const sleeper = fork(script, [servers, nkeySeed, instance]);
  onTestFinished(() => {
    sleeper.kill("SIGKILL");
  });
  await once(sleeper, "message");
  return sleeper;
}

/** Gives what has been said to a router so far, by the rights of routers, which alone may read it. */
async function overhearControl(instance: Instance) {
  const listener = await connect("router");
  const types: string[] = [];
  subscribe(listener, controlSubject({ service: "router", instance }), ({ data }) => {
    types.push(...decodeControl(data).map(({ type }) => type));
  });
  await connectionOf(listener).flush();
  return Object.assign(() => types, { stop: () => listener.drain() });
}

describe("a router whose process stands still once it has asked for leave", () => {
  it("does not call when it had been given up before it woke", async () => {
    const instance = instanceSchema.parse("router-sleeping1");
    const sleeper = await startSleeper(instance);
    const told = await overhearControl(instance);
    const ingress = await connect("ingress", { heartbeatMs: 40, silenceMs: 400 });
    await serve("auth", toRouter);
    const frames = await collectFrames(sendTestRequest(ingress));
    expect(errorOf(frames).code).toBe("holder_lost");
    await expect.poll(told).toContain("cancel");
    const reported = once(sleeper, "message");
    sleeper.kill("SIGCONT");
    expect(await reported).toEqual([{ leave: false }, undefined]);
  });

  it("is given its time, and noticed when its process is killed", async () => {
    const instance = instanceSchema.parse("router-sleeping2");
    const sleeper = await startSleeper(instance);
    // Silence alone would take a minute to be noticed.
    const ingress = await connect("ingress", { heartbeatMs: 40, silenceMs: 60_000 });
    const told = await overhearControl(instance);
    await serve("auth", toRouter);
    let ended = false;
    const pending = collectFrames(sendTestRequest(ingress)).finally(() => {
      ended = true;
    });
    await expect.poll(() => told().length, { timeout: 10_000 }).toBeGreaterThan(10);
    expect(ended).toBe(false);
    await told.stop();
    sleeper.kill("SIGKILL");
    expect(errorOf(await pending).toReport()).toEqual({
      code: "holder_lost",
      message: "The part of the gateway that held the request is gone.",
    });
  });
});
