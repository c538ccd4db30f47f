import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { z } from "zod";
import { EnvironmentError, readEnvironment } from "./environment.ts";
import { flag, integer, port, secretFile, text, url } from "./environment-variables.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-environment-"));
afterAll(() => rmSync(folder, { recursive: true }));

const nothing = z.object({});

test("an empty environment has defaults for all that is shared", () => {
  expect(readEnvironment(nothing, {}).shared).toEqual({
    NATS_URL: "nats://127.0.0.1:4222",
    SLUICE_METRICS_HOST: "127.0.0.1",
    SLUICE_METRICS_PORT: 0,
    SLUICE_DRAIN_MS: 25_000,
    LOG_LEVEL: "info",
    OTEL_TRACES_SAMPLER_ARG: 0.01,
    SLUICE_TRUST_TRACEPARENT: true,
  });
});

test("an empty variable counts as not set", () => {
  expect(readEnvironment(nothing, { LOG_LEVEL: "", NATS_URL: "" }).shared.LOG_LEVEL).toBe("info");
});

test("a service gets what its schema makes of the variables", () => {
  const schema = z
    .object({ SLUICE_GATEWAY_PORT: port(), FLAG: flag(), SPARE: text().optional() })
    .transform((variables) => ({ port: variables.SLUICE_GATEWAY_PORT, flag: variables.FLAG }));
  const { config } = readEnvironment(schema, { SLUICE_GATEWAY_PORT: "8080", FLAG: "false", PATH: "/bin" });
  expect(config).toEqual({ port: 8080, flag: false });
});

test("all problems are reported at once, those of the service with those that are shared", () => {
  const schema = z.object({
    DATABASE_URL: url("postgres", "postgresql"),
    SLUICE_WORKERS: integer({ minimum: 1, maximum: 4 }),
  });
  const problems = problemsOf(schema, { OTEL_TRACES_SAMPLER_ARG: "1.5", SLUICE_WORKERS: "9" });
  expect(problems).toEqual([
    "OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1",
    "DATABASE_URL is not set; it must be a URL that starts with postgres:// or postgresql://",
    "SLUICE_WORKERS must be a whole number from 1 to 4",
  ]);
});

test("no value gets into a problem", () => {
  const schema = z.object({
    DATABASE_URL: url("postgres"),
    SLUICE_ADMIN_KEY_SHA256: text().regex(/^[0-9a-f]{64}$/),
  });
  const problems = problemsOf(schema, {
    DATABASE_URL: "mysql://user:hunter2@host",
    SLUICE_ADMIN_KEY_SHA256: "hunter2",
    LOG_LEVEL: "hunter2",
    SLUICE_METRICS_PORT: "hunter2",
    OTEL_EXPORTER_OTLP_ENDPOINT: "ftp://hunter2",
  });
  expect(problems).toHaveLength(5);
  expect(problems.join()).not.toContain("hunter2");
});

test.each(["-1", "65536", "80.5", "0x50", " 80", "80 ", "1e3", "NaN"])("%j is not a port", (value) => {
  expect(problemsOf(z.object({ PORT: port() }), { PORT: value })).toEqual([
    "PORT must be a port number from 0 to 65535",
  ]);
});

test.each([
  ["0", 0],
  ["1", 1],
  ["0.25", 0.25],
  [".5", 0.5],
])("%s is a ratio", (value, ratio) => {
  expect(readEnvironment(nothing, { OTEL_TRACES_SAMPLER_ARG: value }).shared.OTEL_TRACES_SAMPLER_ARG).toBe(
    ratio,
  );
});

test("a secret is read from its file", () => {
  const fileName = writeSecret("good", " the secret\n", 0o600);
  expect(readEnvironment(z.object({ KEY_FILE: secretFile() }), { KEY_FILE: fileName }).config).toEqual({
    KEY_FILE: "the secret",
  });
});

test.each([
  ["open", "the secret", 0o644, "KEY_FILE names a file that everybody may read; give it mode 0600"],
  ["empty", "\n", 0o600, "KEY_FILE names a file that is empty"],
])("a secret in a file that is %s is refused", (name, secret, mode, problem) => {
  const fileName = writeSecret(name, secret, mode);
  expect(problemsOf(z.object({ KEY_FILE: secretFile() }), { KEY_FILE: fileName })).toEqual([problem]);
});

test("a secret may be given as a file", () => {
  const variables = {
    DATABASE_URL_FILE: writeSecret("database-url", "postgres://sluice:hunter2@postgres/sluice\n", 0o400),
    OPENAI_API_KEY_FILE: writeSecret("openai", "sk-1\n", 0o640),
  };
  const schema = z.object({ DATABASE_URL: url("postgres"), OPENAI_API_KEY: text() });
  expect(readEnvironment(schema, variables).config).toEqual({
    DATABASE_URL: "postgres://sluice:hunter2@postgres/sluice",
    OPENAI_API_KEY: "sk-1",
  });
});

test("a file of a variable that is no secret stays what it is", () => {
  const fileName = writeSecret("certificates", "certificate", 0o644);
  const schema = z.record(z.string(), z.string());
  expect(readEnvironment(schema, { SSL_CERT_FILE: fileName }).config).toEqual({ SSL_CERT_FILE: fileName });
});

test("a secret file that can't be taken is the only thing said of its variable", () => {
  const schema = z.object({ DATABASE_URL: url("postgres"), REDIS_URL: url("redis"), PORT: port() });
  const problems = problemsOf(schema, {
    DATABASE_URL_FILE: join(folder, "nothing"),
    REDIS_URL: "redis://redis",
    REDIS_URL_FILE: writeSecret("redis-url", "redis://:hunter2@redis", 0o600),
  });
  expect(problems).toEqual([
    "DATABASE_URL_FILE names a file that can't be read (ENOENT)",
    "REDIS_URL_FILE is set, and so is REDIS_URL; set one",
    "PORT is not set; it must be a port number from 0 to 65535",
  ]);
});

function writeSecret(name: string, secret: string, mode: number): string {
  const fileName = join(folder, name);
  writeFileSync(fileName, secret, { mode });
  return fileName;
}

function problemsOf(schema: z.ZodType, environment: NodeJS.ProcessEnv): readonly string[] {
  try {
    readEnvironment(schema, environment);
  } catch (error) {
    if (error instanceof EnvironmentError) return error.problems;
  }
  throw new Error("the environment was taken");
}
