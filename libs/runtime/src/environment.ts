import { logLevels } from "@sluice/telemetry/logger";
import { z } from "zod";
import { choice, flag, port, ratio, secretFile, text, url } from "./environment-variables.ts";

/** What every service takes from its environment, whatever else it takes. */
export const sharedEnvironmentSchema = z.object({
  /** NATS servers, with a comma between them. @default nats://127.0.0.1:4222 */
  NATS_URL: text("one NATS URL or several with a comma between them").default("nats://127.0.0.1:4222"),
  /** Gives the seed itself. @default undefined (what NATS_URL carries, or nothing) */
  NATS_NKEY_SEED_FILE: secretFile().optional(),
  /** Where /metrics, /healthz and /readyz are served. @default 127.0.0.1 */
  SLUICE_METRICS_HOST: text("a host name or address").default("127.0.0.1"),
  /** @default 0 (any free port) */
  SLUICE_METRICS_PORT: port().default(0),
  /** @default info */
  LOG_LEVEL: choice(logLevels).default("info"),
  /** Base URL of an OTLP/HTTP collector. @default undefined (no traces) */
  OTEL_EXPORTER_OTLP_ENDPOINT: url("http", "https").optional(),
  /** Share of the requests that are traced where the client has not decided. @default 0.01 */
  OTEL_TRACES_SAMPLER_ARG: ratio().default(0.01),
  /** Whether a client's traceparent decides if its request is traced. @default true */
  SLUICE_TRUST_TRACEPARENT: flag().default(true),
});
export type SharedEnvironment = z.infer<typeof sharedEnvironmentSchema>;

/** The environment is not what it must be. The message names every variable that is at fault, in one line. */
export class EnvironmentError extends Error {
  override readonly name = "EnvironmentError";
  /** One sentence for each, beginning with the variable's name. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The environment is not valid: ${problems.join("; ")}.`);
    this.problems = problems;
  }
}

/**
 * Reads what all services share and what one service has of its own, and reports the problems of both together.
 *
 * @param configSchema an object schema whose keys are names of variables; it may end in a transform
 * @throws EnvironmentError
 */
export function readEnvironment<Config>(
  configSchema: z.ZodType<Config>,
  environment: NodeJS.ProcessEnv,
): { shared: SharedEnvironment; config: Config } {
  const variables = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ""));
  const shared = sharedEnvironmentSchema.safeParse(variables);
  const config = configSchema.safeParse(variables);
  if (shared.success && config.success) return { shared: shared.data, config: config.data };
  const issues = [...(shared.error?.issues ?? []), ...(config.error?.issues ?? [])];
  throw new EnvironmentError([...new Set(issues.map(describeIssue))]);
}

function describeIssue(issue: z.core.$ZodIssue): string {
  const variable = issue.path.join(".");
  return variable === "" ? issue.message : `${variable} ${issue.message}`;
}
