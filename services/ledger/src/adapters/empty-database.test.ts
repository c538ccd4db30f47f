import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LedgerDatabase, openPglite } from "./database.ts";

let folder: string;
let cacheFolder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sluice-pglite-"));
  cacheFolder = join(folder, "cache");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function write(database: LedgerDatabase, text: string): Promise<void> {
  await sql`create table kept (content text)`.execute(database.kysely);
  await sql`insert into kept values (${text})`.execute(database.kysely);
}

async function read(database: LedgerDatabase): Promise<unknown[]> {
  return (await sql`select content from kept`.execute(database.kysely)).rows;
}

test("the second database is made of the first one's files, and has nothing of what is in it", async () => {
  const first = await openPglite(join(folder, "first"), cacheFolder);
  await write(first, "one");
  expect(await readdir(cacheFolder)).toEqual([expect.stringMatching(/^pglite-\d+\.\d+\.\d+$/)]);
  const second = await openPglite(join(folder, "second"), cacheFolder);
  await expect(read(second)).rejects.toThrow("does not exist");
  await write(second, "two");
  await second.close();
  await first.close();
  const again = await openPglite(join(folder, "second"), cacheFolder);
  expect(await read(again)).toEqual([{ content: "two" }]);
  await again.close();
});

test("files that are of no use are made anew", async () => {
  const [kept = ""] = await readdir(cacheFolder);
  await rm(join(cacheFolder, kept, "global"), { recursive: true });
  const database = await openPglite(join(folder, "third"), cacheFolder);
  await write(database, "three");
  expect(await read(database)).toEqual([{ content: "three" }]);
  await database.close();
  expect(await readdir(cacheFolder)).toEqual([]);
});

test("where nothing can be kept, a database is made all the same", async () => {
  const noFolder = join(folder, "no-folder");
  await writeFile(noFolder, "");
  const database = await openPglite(join(folder, "fourth"), noFolder);
  await write(database, "four");
  expect(await read(database)).toEqual([{ content: "four" }]);
  await database.close();
});
