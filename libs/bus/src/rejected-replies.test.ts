import { SluiceError } from "@sluice/contracts/sluice-error";
import { expect, it } from "vitest";
import { deliveryName, followRejectedReplies } from "./rejected-replies.ts";
import { echo, relay, toGuard, toRouter } from "./testing/test-handlers.ts";
import { collectFrames, errorOf, sendTestRequest, textOf } from "./testing/test-request.ts";
import { useTestBus } from "./testing/use-test-bus.ts";

const { connect, serve } = useTestBus();

it("who wrote a reply hears of a guard that refuses it after its end, and of no other", async () => {
  const ingress = await connect("ingress");
  await serve("auth", toGuard);
  await serve("guard", async (delivery) => {
    if ((await delivery.body()).toString() === "good") return await relay(delivery);
    const incoming = delivery.intercept();
    await toRouter(delivery);
    for await (const frame of incoming) {
      if (frame.type !== "end") continue;
      incoming.reject();
      throw new SluiceError("reply_blocked", "It is not good.");
    }
  });
  const written: string[] = [];
  const { bus } = await serve("router", async (delivery) => {
    written.push(deliveryName(delivery.envelope));
    await echo(delivery);
  });
  const rejected: string[] = [];
  followRejectedReplies(bus, (delivery) => rejected.push(delivery));
  expect(textOf(await collectFrames(sendTestRequest(ingress, "good")))).toBe("good");
  expect(errorOf(await collectFrames(sendTestRequest(ingress, "bad"))).code).toBe("reply_blocked");
  await expect.poll(() => rejected).toEqual(written.slice(1));
});
