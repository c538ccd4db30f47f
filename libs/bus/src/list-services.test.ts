import { expect, it } from "vitest";
import { announceService } from "./announce-service.ts";
import { listServices } from "./list-services.ts";
import { sendToPipeline } from "./pipeline-origin.ts";
import { servePipelineStep } from "./pipeline-step.ts";
import { startTestBus } from "./testing/test-bus.ts";

it("lists every instance with its figures, those without a step too", async () => {
  const testBus = await startTestBus();
  try {
    const ingress = await testBus.connect("ingress");
    const announced = await announceService(ingress, "test ingress");
    announced.countRequest();
    announced.countError();
    const routers = [await testBus.connect("auth"), await testBus.connect("auth")];
    for (const bus of routers) {
      await servePipelineStep(bus, {
        service: "auth",
        description: "test auth",
        handler: () => Promise.reject(new Error("always")),
      });
    }
    const envelope = {
      requestId: "019a0b1c-2d3e-7f40-8fff-00ff10203040",
      receivedAtMs: 1,
      revision: 1,
      dialect: "openai" as const,
      operation: "chat" as const,
      model: "m",
      stream: false,
      streamFraming: "sse" as const,
      bodyBytes: 2,
      headers: {},
      decisions: [],
    };
    const frames: string[] = [];
    for await (const frame of sendToPipeline(ingress, {
      envelope,
      body: Buffer.from("{}"),
      timeoutMs: 5000,
    })) {
      frames.push(frame.type);
    }
    expect(frames).toEqual(["error"]);
    const listed = await listServices(testBus.credentials("operator"));
    expect(listed.map(({ name, instance }) => [name, instance])).toEqual(
      [...routers, ingress].map((bus) => [`sluice-${bus.party.service}`, bus.party.instance]).toSorted(),
    );
    const auth = listed.filter(({ name }) => name === "sluice-auth");
    expect(auth.reduce((sum, { requests }) => sum + requests, 0)).toBe(1);
    expect(auth.reduce((sum, { errors }) => sum + errors, 0)).toBe(1);
    expect(listed.find(({ name }) => name === "sluice-ingress")).toMatchObject({ requests: 1, errors: 1 });
  } finally {
    await testBus.stop();
  }
});

it("gives an empty list when there is no service", async () => {
  const testBus = await startTestBus();
  try {
    expect(await listServices(testBus.credentials("operator"))).toEqual([]);
  } finally {
    await testBus.stop();
  }
});
