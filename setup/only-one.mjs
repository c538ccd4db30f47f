import { createHash } from "node:crypto";
import { realpathSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { note } from "./progress.mjs";
import { projectFolder } from "./project.mjs";

/**
 * Runs `work` while no other set-up of this clone runs; waits for one that does.
 *
 * The lock is a listening socket, because the kernel frees it when its holder dies, however that happens; a lock file
 * would have to be told from one that a killed process left behind. On Linux the socket has a name that is no file.
 *
 * @template Result
 * @param {() => Promise<Result>} work
 * @returns {Promise<Result>}
 */
export async function onlyOne(work) {
  const address = lockAddress();
  for (let attempt = 1; ; attempt++) {
    const release = await take(address);
    if (release !== undefined) {
      try {
        return await work();
      } finally {
        await release();
      }
    }
    if (attempt === 1) note("another set-up of this folder is running; waiting for it to end.");
    await untilReleased(address);
  }
}

function lockAddress() {
  const id = createHash("sha256").update(realpathSync(projectFolder)).digest("hex").slice(0, 24);
  return process.platform === "linux" ? `\0sluice-set-up-${id}` : join(tmpdir(), `sluice-set-up-${id}.sock`);
}

/**
 * @param {string} address
 * @returns {Promise<(() => Promise<void>) | undefined>} Releases the lock; `undefined` when somebody else holds it.
 */
function take(address) {
  return new Promise((resolve, reject) => {
    /** Those who wait: nothing is said to them, the end of the connection tells them that the lock is free. */
    const waiting = new Set();
    const server = createServer((socket) => {
      waiting.add(socket.on("error", () => {}));
    });
    const release = async () => {
      const closed = new Promise((done) => server.close(done));
      for (const socket of waiting) socket.destroy();
      await closed;
    };
    server.once("error", (error) => {
      if ("code" in error && error.code === "EADDRINUSE") resolve(undefined);
      else reject(error);
    });
    server.listen(address, () => resolve(release));
  });
}

/** @param {string} address */
function untilReleased(address) {
  return new Promise((resolve) => {
    const socket = connect(address);
    socket.on("error", (error) => {
      const isLeftBehind = "code" in error && error.code === "ECONNREFUSED" && !address.startsWith("\0");
      if (isLeftBehind) rmSync(address, { force: true });
    });
    socket.on("close", () => resolve(undefined));
    socket.resume();
  });
}
