import { expect, test } from "vitest";
import { configSchema } from "./config.ts";

const adminKeyHash = { SLUICE_ADMIN_KEY_SHA256: "ab".repeat(32) };

test("without more than the admin key's hash: PGlite in the data folder, loopback", () => {
  expect(configSchema.parse(adminKeyHash)).toEqual({
    host: "127.0.0.1",
    port: 8081,
    databaseUrl: undefined,
    pgliteFolder: ".sluice/ledger",
    cacheFolder: undefined,
    adminKeySha256: "ab".repeat(32),
    graceMs: 60_000,
    expiryIntervalMs: 15_000,
  });
});

test("every problem is named at once, and no value is repeated", () => {
  const result = configSchema.safeParse({
    SLUICE_LEDGER_PORT: "http",
    DATABASE_URL: "mysql://root:secret@db/ledger",
    SLUICE_ADMIN_KEY_SHA256: "secret",
    SLUICE_LEDGER_GRACE_MS: "-1",
  });
  const problems = result.error?.issues.map((issue) => `${issue.path.join(".")} ${issue.message}`);
  expect(problems).toEqual([
    "SLUICE_LEDGER_PORT must be a port number from 0 to 65535",
    "DATABASE_URL must be a URL that starts with postgres:// or postgresql://",
    "SLUICE_ADMIN_KEY_SHA256 must be the SHA-256 of the admin key in hexadecimal digits",
    "SLUICE_LEDGER_GRACE_MS must be a whole number from 0 to 86400000",
  ]);
});
