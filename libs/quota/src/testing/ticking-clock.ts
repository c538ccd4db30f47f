import type { Redis } from "ioredis";

const key = "ticking-clock";

/**
 * For tests, in place of the server's clock: a clock in a key of the server, which goes on by one with each script.
 * So no two calls have the same time, and their times tell in which order the server ran them.
 */
export const tickingClock = `
local function server_now()
  return redis.call("INCR", "${key}")
end
`;

/** Sets the clock forward, to be seen by the next script. */
export async function advanceClock(redis: Redis, ms: number): Promise<void> {
  await redis.incrby(key, ms);
}

export async function setClock(redis: Redis, nowMs: number): Promise<void> {
  await redis.set(key, nowMs);
}
