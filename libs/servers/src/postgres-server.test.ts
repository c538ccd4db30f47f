import pg from "pg";
import { expect, test } from "vitest";
import { startPostgres } from "./postgres-server.ts";
import { isAlive } from "./process-alive.ts";

/** Asks the server one thing over a connection of its own. */
async function ask(url: string, statement: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  try {
    await client.connect();
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}

test("gives an empty PostgreSQL that is gone after stop", async () => {
  const server = await startPostgres();
  const statement = "select current_setting('server_encoding') as encoding, 6 * 7 as answer";
  try {
    expect(await ask(server.url, statement)).toEqual([{ encoding: "UTF8", answer: 42 }]);
  } finally {
    await server.stop();
  }
  expect(isAlive(server.pid)).toBe(false);
});

test("started again after it was killed, it has what was committed, at the same address", async () => {
  const server = await startPostgres({ survivesKill: true });
  try {
    await ask(server.url, "create table kept as select 1 as one");
    const killed = server.pid;
    process.kill(killed, "SIGKILL");
    await server.restart();
    expect(server.pid).not.toBe(killed);
    expect(await ask(server.url, "select one from kept")).toEqual([{ one: 1 }]);
  } finally {
    await server.stop();
  }
});
