import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect } from "vitest";

/** Reads what processes keep in memory once their garbage is collected. */
export class KeptMemory {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async create(): Promise<KeptMemory> {
    return new KeptMemory(await mkdtemp(join(tmpdir(), "sluice-heap-")));
  }

  /** What the processes must be started with. */
  get environment(): Record<string, string> {
    const preload = new URL("report-heap.ts", import.meta.url);
    preload.searchParams.set("folder", pathToFileURL(this.#folder).href);
    return { NODE_OPTIONS: `--import=${preload.href}` };
  }

  /** Heap and the memory that it holds outside, MiB. */
  async of(pid: number): Promise<number> {
    const file = join(this.#folder, String(pid));
    await rm(file, { force: true });
    process.kill(pid, "SIGUSR2");
    let bytes = 0;
    await expect
      .poll(async () => (bytes = Number(await readFile(file, "utf8").catch(() => 0))))
      .toBeGreaterThan(0);
    return bytes / 2 ** 20;
  }

  async remove(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}
