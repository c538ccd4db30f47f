import { join } from "node:path";
import { integer, port, text, url } from "@sluice/runtime/environment-variables";
import { z } from "zod";

export const configSchema = z
  .object({
    /** Where the API listens. @default 127.0.0.1 */
    SLUICE_LEDGER_HOST: text("a host name or address").default("127.0.0.1"),
    /** @default 8081; 0 takes any free port */
    SLUICE_LEDGER_PORT: port().default(8081),
    /** Postgres server. @default undefined (PGlite, with its files in the data folder) */
    DATABASE_URL: url("postgres", "postgresql").optional(),
    /** @default .sluice */
    SLUICE_DATA_DIR: text("the name of a folder").default(".sluice"),
    /**
     * Where files are kept that can be made again at any time and take long to make.
     * @default undefined (none are kept)
     */
    SLUICE_CACHE_DIR: text("the name of a folder").optional(),
    /** SHA-256 of the admin key, as 64 hexadecimal digits. */
    SLUICE_ADMIN_KEY_SHA256: z
      .string({ error: "is not set; it must be the SHA-256 of the admin key in hexadecimal digits" })
      .regex(/^[0-9a-fA-F]{64}$/, { error: "must be the SHA-256 of the admin key in hexadecimal digits" }),
    /**
     * How long after its deadline a call may still settle before it becomes `unsettled`; also how far the clocks of
     * two machines may be apart.
     * @default 60000
     */
    SLUICE_LEDGER_GRACE_MS: integer({ minimum: 0, maximum: 86_400_000 }).default(60_000),
    /** Pause between two looks for such calls. @default 15000 */
    SLUICE_LEDGER_EXPIRY_INTERVAL_MS: integer({ minimum: 10, maximum: 3_600_000 }).default(15_000),
  })
  .transform((variables) => ({
    host: variables.SLUICE_LEDGER_HOST,
    port: variables.SLUICE_LEDGER_PORT,
    databaseUrl: variables.DATABASE_URL,
    pgliteFolder: join(variables.SLUICE_DATA_DIR, "ledger"),
    cacheFolder: variables.SLUICE_CACHE_DIR,
    adminKeySha256: variables.SLUICE_ADMIN_KEY_SHA256,
    graceMs: variables.SLUICE_LEDGER_GRACE_MS,
    expiryIntervalMs: variables.SLUICE_LEDGER_EXPIRY_INTERVAL_MS,
  }));
export type Config = z.infer<typeof configSchema>;
