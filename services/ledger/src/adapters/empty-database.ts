import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdir, rename, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { z } from "zod";

/**
 * The files of a PGlite database with nothing in it. Making them takes ten seconds of CPU, copying them none, so one
 * is kept for all that come later.
 */
export class EmptyDatabase {
  readonly #cacheFolder: string;
  readonly #folder: string;

  /** @param cacheFolder where files are kept that can be made again at any time */
  constructor(cacheFolder: string) {
    this.#cacheFolder = cacheFolder;
    this.#folder = join(cacheFolder, `pglite-${pgliteVersion()}`);
  }

  /**
   * Copies the files to where a database is to be; makes them first where none are kept.
   * @throws Error where they can neither be kept nor copied
   */
  async copyTo(location: string): Promise<void> {
    if (!existsSync(this.#folder)) await this.#make();
    const copied = `${location}.${randomUUID()}`;
    try {
      await cp(this.#folder, copied, { recursive: true });
      await rename(copied, location);
    } finally {
      await rm(copied, { recursive: true, force: true });
    }
  }

  /** Forgets files that turned out to be of no use. */
  async forget(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #make(): Promise<void> {
    await mkdir(this.#cacheFolder, { recursive: true });
    const made = `${this.#folder}.${randomUUID()}`;
    try {
      const pglite = await PGlite.create(made);
      await pglite.close();
      await rename(made, this.#folder);
    } catch (error) {
      // Another process was first.
      if (!existsSync(this.#folder)) throw error;
    } finally {
      await rm(made, { recursive: true, force: true });
    }
  }
}

/** PGlite promises nothing for the files of another version. */
function pgliteVersion(): string {
  const entry = createRequire(import.meta.url).resolve("@electric-sql/pglite");
  const manifest: unknown = createRequire(entry)("../package.json");
  return z.object({ version: z.string() }).parse(manifest).version;
}
