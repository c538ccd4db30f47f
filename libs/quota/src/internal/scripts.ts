import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

/** A Lua script and the name that the server gives it. */
export type Script = { text: string; sha: string };

export type Scripts = { reserve: Script; settle: Script; extend: Script; raise: Script };

/** Lua that defines `server_now()`, milliseconds since the epoch. Tests have another one, whose time they set. */
export const serverClock = readLua("clock");

/** The scripts of the quota over a clock. */
export function quotaScripts(clock: string): Scripts {
  const counters = readLua("counters");
  const script = (name: string): Script => {
    const text = [clock, counters, readLua(name)].join("\n");
    return { text, sha: createHash("sha1").update(text).digest("hex") };
  };
  return {
    reserve: script("reserve"),
    settle: script("settle"),
    extend: script("extend"),
    raise: script("raise"),
  };
}

function readLua(name: string): string {
  return readFileSync(new URL(`../lua/${name}.lua`, import.meta.url), "utf8");
}
