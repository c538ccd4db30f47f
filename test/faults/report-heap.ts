import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { isMainThread } from "node:worker_threads";

/**
 * Loaded into every process of a mesh by `NODE_OPTIONS=--import`, with the folder as the query of its address: at
 * SIGUSR2 the process collects its garbage and writes the bytes that are left in its heap to `<pid>` in that folder.
 */
const folder = new URL(import.meta.url).searchParams.get("folder");

if (isMainThread && folder !== null) {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  process.on("SIGUSR2", () => {
    // What the first one finds to be finalized is gone with the second.
    collect();
    setImmediate(() => {
      collect();
      const { heapUsed, external } = process.memoryUsage();
      writeFileSync(fileURLToPath(new URL(`${folder}/${process.pid}`)), String(heapUsed + external));
    });
  });
}
