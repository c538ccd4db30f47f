import { expect, it } from "vitest";
import { followBreakerChanges, type OwnBreakerChange, publishBreakerChange } from "./breaker-changes.ts";
import { connectionOf } from "./internal/connection.ts";
import { useTestBus } from "./testing/use-test-bus.ts";

const { connect } = useTestBus();

it("what one router finds out about a target all others hear, and not the one itself", async () => {
  const buses = await Promise.all([connect("router"), connect("router"), connect("router")]);
  const heard = buses.map((bus) => {
    const changes: OwnBreakerChange[] = [];
    followBreakerChanges(bus, (change) => changes.push(change));
    return changes;
  });
  await Promise.all(buses.map((bus) => connectionOf(bus).flush()));
  const change = { backend: "openai", model: "gpt-5", openForMs: 5000 };
  publishBreakerChange(buses[0], change);
  await expect.poll(() => heard.slice(1)).toEqual([[change], [change]]);
  publishBreakerChange(buses[1], { ...change, openForMs: 0 });
  await expect.poll(() => heard[0]).toEqual([{ ...change, openForMs: 0 }]);
  expect(heard[1]).toEqual([change]);
});
