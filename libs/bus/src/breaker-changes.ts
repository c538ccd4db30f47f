import { type BreakerChange, breakerChangeSchema } from "@sluice/contracts/breaker-change";
import { breakerSubject } from "@sluice/contracts/subjects";
import type { Bus } from "./bus.ts";
import { publish } from "./internal/publish.ts";
import { subscribe } from "./internal/subscribe.ts";

/** What a router finds out about a target, by which it is known on the bus. */
export type OwnBreakerChange = Omit<BreakerChange, "by">;

/** Tells the other routers. Nobody waits for it: who misses it finds out by itself. */
export function publishBreakerChange(bus: Bus, change: OwnBreakerChange): void {
  if (!bus.connected) return;
  const message: BreakerChange = { by: bus.party.instance, ...change };
  publish(bus, breakerSubject, Buffer.from(JSON.stringify(message)));
}

/** Calls `take` with what other routers find out, for as long as the bus is open. */
export function followBreakerChanges(bus: Bus, take: (change: OwnBreakerChange) => void): void {
  subscribe(bus, breakerSubject, (message) => {
    const { by, ...change } = breakerChangeSchema.parse(JSON.parse(message.string()));
    if (by !== bus.party.instance) take(change);
  });
}
