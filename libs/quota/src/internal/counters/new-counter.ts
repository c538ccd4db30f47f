import { type CompiledPolicy, counterKinds } from "../compiled-policy.ts";
import { CalendarCounter } from "./calendar-counter.ts";
import { ConcurrentCounter } from "./concurrent-counter.ts";
import type { Counter } from "./counter.ts";
import { RollingCounter } from "./rolling-counter.ts";
import { TokenBucket } from "./token-bucket.ts";

/** A counter from which nothing has been taken. */
export function newCounter(policy: CompiledPolicy, nowMs: number): Counter {
  switch (policy.kind) {
    case counterKinds.concurrent:
      return new ConcurrentCounter(policy);
    case counterKinds.calendar:
      return new CalendarCounter();
    case counterKinds.token_bucket:
      return new TokenBucket(policy, nowMs);
    case counterKinds.rolling:
      return new RollingCounter(policy);
  }
}
