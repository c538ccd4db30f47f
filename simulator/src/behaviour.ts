import { z } from "zod";

const count = z.coerce.number().int().nonnegative();
const milliseconds = z.coerce.number().nonnegative().max(3_600_000);
const flag = z.union([z.boolean(), z.stringbool()]);

/**
 * What the simulator is asked to do with one call. The same keys, in kebab-case, are directives in a
 * prompt and faults of the control API; README.md explains each.
 */
export const behaviourSchema = z
  .strictObject({
    status: z.coerce.number().int().min(400).max(599),
    /** Seconds, as in the header. */
    retryAfter: z.coerce.number().nonnegative(),
    latencyMs: milliseconds,
    firstTokenMs: milliseconds,
    chunkMs: milliseconds,
    keepaliveMs: milliseconds.min(1),
    chunks: count.max(10_000_000),
    burst: count.min(1),
    stallAfter: count,
    cutAfter: count,
    errorAfter: count,
    hang: flag,
    halfJson: flag,
    neverEnds: flag,
    bytes: count,
    usage: z.literal("none"),
    tool: z.string().min(1),
    tools: count.min(1).max(64),
    echo: flag,
    say: z.string(),
    say64: z.string(),
    split: flag,
    reasoning: count,
    cached: count,
    cacheWrite: count,
    refuse: z.union([flag, z.literal("prompt")]),
    length: flag,
    invalidSse: flag,
    comment: flag,
  })
  .partial();
export type Behaviour = z.infer<typeof behaviourSchema>;

/** Nothing out of the ordinary. Shared, so that a plain call costs no object. */
export const ordinary: Behaviour = Object.freeze({});

/**
 * Reads behaviour from kebab-case keys.
 * @throws z.ZodError naming the key that is unknown or has no fitting value
 */
export function readBehaviour(values: Record<string, unknown>): Behaviour {
  const camelCased = Object.fromEntries(
    Object.entries(values).map(([key, value]) => [
      key.replace(/-([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase()),
      value,
    ]),
  );
  return behaviourSchema.parse(camelCased);
}

/** Chunks that a reply needs at least for its fault to be reached. */
export function chunksNeeded(behaviour: Behaviour): number {
  return 1 + Math.max(behaviour.stallAfter ?? 0, behaviour.cutAfter ?? 0, behaviour.errorAfter ?? 0);
}
