import { createHash } from "node:crypto";
import { realpathSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CommandError } from "../command-error.ts";

/**
 * Makes this process the only supervisor of a data folder.
 *
 * The lock is a listening socket, because the kernel frees it when its holder dies, however that happens. On Linux
 * its name is no file, so there is nothing to clean up.
 *
 * @returns Releases it.
 * @throws CommandError when another supervisor has it
 */
export async function lockDataFolder(folder: string): Promise<() => Promise<void>> {
  const id = createHash("sha256").update(realpathSync(folder)).digest("hex").slice(0, 24);
  const isLinux = process.platform === "linux";
  const address = isLinux ? `\0sluice-data-${id}` : join(tmpdir(), `sluice-data-${id}.sock`);
  const release = (await listen(address)) ?? (isLinux ? undefined : await takeOver(address));
  if (release !== undefined) return release;
  throw new CommandError(
    `The data folder ${folder} is in use by another mesh: stop that one, or set SLUICE_DATA_DIR (and the ports) to run a second.`,
  );
}

function listen(address: string): Promise<(() => Promise<void>) | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", (error) => {
      if ("code" in error && error.code === "EADDRINUSE") resolve(undefined);
      else reject(error);
    });
    server.listen(address, () => {
      server.unref();
      resolve(() => new Promise((done) => server.close(() => done())));
    });
  });
}

/** A socket file that nobody listens on was left behind by a killed process. */
async function takeOver(address: string): Promise<(() => Promise<void>) | undefined> {
  const isHeld = await new Promise<boolean>((resolve) => {
    const socket = connect(address, () => resolve(true));
    socket.on("error", () => resolve(false));
    socket.on("close", () => socket.destroy());
  });
  if (isHeld) return undefined;
  rmSync(address, { force: true });
  return await listen(address);
}
