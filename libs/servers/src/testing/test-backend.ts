import { ServerError } from "../server-error.ts";

/** What tests take their servers from. */
export type TestBackend = "processes" | "containers";

/**
 * `SLUICE_TEST_BACKENDS`: `processes` (child processes, of the programs on this machine) or `containers` (by
 * testcontainers, of the images that docker-compose.yml runs).
 * @default processes
 * @throws {ServerError} when it says anything else
 */
export function testBackend(): TestBackend {
  const said = process.env.SLUICE_TEST_BACKENDS || "processes";
  if (said === "processes" || said === "containers") return said;
  throw new ServerError("failed", "SLUICE_TEST_BACKENDS must be processes or containers.");
}
