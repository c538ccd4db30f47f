import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type FaultMesh, startFaultMesh } from "./fault-mesh.ts";
import { type Fault, type FaultRow, type FaultRunOptions, runFault } from "./run-fault.ts";

/** Size of the disk that JetStream has to itself. */
const diskMiB = 256;
const fullForMs = 10_000;

/**
 * A mesh whose bus has a small disk of its own, which something else fills up and frees again. The disk is a tmpfs,
 * and only root may mount one.
 */
export async function runDiskFull(options: FaultRunOptions): Promise<{ fault: Fault; row: FaultRow }> {
  let disk = "";
  const fault: Fault = {
    name: "the disk of the JetStream store is full",
    happen: async () => {
      const ballast = join(disk, "ballast");
      const { bavail, bsize } = statfsSync(disk);
      fill(ballast, bavail * bsize);
      await sleep(fullForMs);
      rmSync(ballast);
    },
  };
  let mesh: FaultMesh | undefined;
  try {
    mesh = await startFaultMesh({
      prepare: (dataDir) => {
        disk = join(dataDir, "bus");
        mkdirSync(disk, { mode: 0o700 });
        execFileSync("mount", ["-t", "tmpfs", "-o", `size=${diskMiB}m,mode=0700`, "tmpfs", disk]);
      },
      release: () => execFileSync("umount", [disk]),
    });
    return { fault, row: await runFault(mesh, fault, options) };
  } finally {
    await mesh?.stop();
  }
}

/** Writes until not a byte is left. */
function fill(file: string, bytes: number): void {
  try {
    for (const size of [bytes, 65_536, 4096]) writeFileSync(file, Buffer.alloc(size), { flag: "a" });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error;
  }
}
