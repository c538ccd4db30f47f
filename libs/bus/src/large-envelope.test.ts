import { describe, expect, it } from "vitest";
import { sendToPipeline } from "./pipeline-origin.ts";
import { collectFrames, errorOf, sendTestRequest, testEnvelope } from "./testing/test-request.ts";
import { useTestBus } from "./testing/use-test-bus.ts";

const { connect, serve } = useTestBus();

describe("a request whose envelope is too large for the bus", () => {
  it("is refused at once, by the origin as by a step", async () => {
    const ingress = await connect("ingress");
    const huge = { "x-huge": "h".repeat(1_100_000) };
    await serve("auth", (delivery) => delivery.forward("router", { ...delivery.envelope, headers: huge }));
    expect(errorOf(await collectFrames(sendTestRequest(ingress))).code).toBe("internal");
    const reply = sendToPipeline(ingress, {
      envelope: { ...testEnvelope(), headers: huge },
      body: Buffer.from("{}"),
      timeoutMs: 5000,
    });
    expect(errorOf(await collectFrames(reply)).code).toBe("internal");
  });
});
