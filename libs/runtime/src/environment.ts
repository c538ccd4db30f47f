import { logLevels } from "@sluice/telemetry/logger";
import { z } from "zod";
import { choice, flag, integer, port, ratio, secretFile, text, url } from "./environment-variables.ts";
import { withSecretFiles } from "./secret-files.ts";

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
  /** How long open work may go on at SIGTERM before it is broken off. @default 25000 */
  SLUICE_DRAIN_MS: integer({ minimum: 0, maximum: 86_400_000 }).default(25_000),
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
 * Reads what all services share and what one service has of its own, and reports the problems of both together. A
 * secret may be given as a file ({@link withSecretFiles}).
 *
 * @param configSchema an object schema whose keys are names of variables; it may end in a transform
 * @throws EnvironmentError
 */
export function readEnvironment<Config>(
  configSchema: z.ZodType<Config>,
  environment: NodeJS.ProcessEnv,
): { shared: SharedEnvironment; config: Config } {
  const { shared, configs } = readEnvironments({ config: configSchema }, environment);
  return { shared, config: configs.config };
}

/** The same for several services, whose problems are reported together. */
export function readEnvironments<Configs extends Record<string, unknown>>(
  configSchemas: { [Name in keyof Configs]: z.ZodType<Configs[Name]> },
  environment: NodeJS.ProcessEnv,
): { shared: SharedEnvironment; configs: Configs } {
  const given = withSecretFiles(environment);
  const variables = Object.fromEntries(Object.entries(given.environment).filter(([, value]) => value !== ""));
  const shared = sharedEnvironmentSchema.safeParse(variables);
  const configs = Object.entries(configSchemas).map(
    ([name, schema]) => [name, (schema as z.ZodType).safeParse(variables)] as const,
  );
  const issues = [shared, ...configs.map(([, config]) => config)].flatMap(({ error }) => error?.issues ?? []);
  if (given.problems.length === 0 && issues.length === 0 && shared.success) {
    const read = Object.fromEntries(configs.map(([name, config]) => [name, config.data]));
    return { shared: shared.data, configs: read as Configs };
  }
  const problems = [...given.problems, ...issues.filter(isOfNoFile(given.problems)).map(describeIssue)];
  throw new EnvironmentError([...new Set(problems)]);
}

/** That a variable is missing is no news where the file with it can't be taken. */
function isOfNoFile(problems: readonly string[]): (issue: z.core.$ZodIssue) => boolean {
  return ({ path }) => !problems.some((problem) => problem.startsWith(`${path.join(".")}_FILE `));
}

function describeIssue(issue: z.core.$ZodIssue): string {
  const variable = issue.path.join(".");
  return variable === "" ? issue.message : `${variable} ${issue.message}`;
}
