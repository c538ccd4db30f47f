import { resolve } from "node:path";
import type { z } from "zod";
import { breakerSchema } from "./breaker.ts";
import { retriesSchema, timeoutsSchema } from "./call-limits.ts";
import type { Configuration } from "./configuration.ts";
import { formatDuration } from "./duration.ts";
import type { healthCheckSchema } from "./health-check.ts";

/** A backend as the spec of an AIBackend. @param directory Where relative paths of secret files begin. */
export function plainBackend(
  {
    provider,
    baseUrl,
    apiKey,
    region,
    timeouts,
    retries,
    breaker,
    healthCheck,
  }: Configuration["backends"][string],
  directory: string,
): object {
  const plainTimeouts = unusual(timeouts, timeoutsSchema.parse({}), formatDuration);
  const plainRetries = unusual(retries, retriesSchema.parse({}), (value, key) =>
    key === "attempts" ? value : formatDuration(value),
  );
  const plainBreaker = unusual(breaker, breakerSchema.parse({}), (value, key) =>
    key === "failures" || key === "failureRatio" ? value : formatDuration(value),
  );
  return {
    provider,
    ...(typeof baseUrl === "string" ? { url: baseUrl } : {}),
    ...(typeof baseUrl === "object" ? { urlFrom: baseUrl } : {}),
    ...(apiKey?.env === undefined ? {} : { credentials: { env: apiKey.env } }),
    ...(apiKey?.file === undefined ? {} : { credentials: { file: resolve(directory, apiKey.file) } }),
    ...(region === undefined ? {} : { region }),
    ...(plainTimeouts === undefined ? {} : { timeouts: plainTimeouts }),
    ...(plainRetries === undefined ? {} : { retries: plainRetries }),
    ...(plainBreaker === undefined ? {} : { breaker: plainBreaker }),
    ...(healthCheck === undefined ? {} : { healthCheck: plainHealthCheck(healthCheck) }),
  };
}

function plainHealthCheck({
  path,
  interval,
  timeout,
  failures,
}: NonNullable<Configuration["backends"][string]["healthCheck"]>): z.input<typeof healthCheckSchema> {
  return {
    ...(path === undefined ? {} : { path }),
    interval: formatDuration(interval),
    timeout: formatDuration(timeout),
    failures,
  };
}

/** What is not as usual, as it is written; undefined where all is. */
function unusual<Limits extends Record<string, number>>(
  limits: Limits,
  usual: Limits,
  write: (value: number, key: string) => string | number,
): Record<string, string | number> | undefined {
  const different = Object.entries(limits).filter(([key, value]) => value !== usual[key]);
  if (different.length === 0) return undefined;
  return Object.fromEntries(different.map(([key, value]) => [key, write(value, key)]));
}
