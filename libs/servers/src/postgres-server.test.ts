import pg from "pg";
import { expect, test } from "vitest";
import { startPostgres } from "./postgres-server.ts";
import { isAlive } from "./process-alive.ts";

test("gives an empty PostgreSQL that is gone after stop", async () => {
  const server = await startPostgres();
  const client = new pg.Client({ connectionString: server.url });
  try {
    await client.connect();
    const result = await client.query(
      "select current_setting('server_encoding') as encoding, 6 * 7 as answer",
    );
    expect(result.rows).toEqual([{ encoding: "UTF8", answer: 42 }]);
  } finally {
    await client.end();
    await server.stop();
  }
  expect(isAlive(server.pid)).toBe(false);
});
