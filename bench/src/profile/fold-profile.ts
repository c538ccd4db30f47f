import type { CpuProfile } from "./cpu-profile.ts";

/** A function where it was called from, with what it called. */
export interface CallTree {
  name: string;
  /** File and line, such as `services/router/src/main.ts:12`; empty for what V8 does itself. */
  place: string;
  selfMs: number;
  /** With all that it called. */
  totalMs: number;
  callees: CallTree[];
}

/** What V8 writes while a process waits for work. */
const idle = "(idle)";

/** Makes a tree of a profile, without the time in which there was nothing to do. */
export function foldProfile(profile: CpuProfile, projectFolder: string): CallTree {
  const selfUs = new Map<number, number>();
  profile.samples.forEach((id, index) => {
    selfUs.set(id, (selfUs.get(id) ?? 0) + (profile.timeDeltas[index] ?? 0));
  });
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const build = (id: number): CallTree[] => {
    const node = nodes.get(id);
    if (node === undefined || node.callFrame.functionName === idle) return [];
    const { functionName, url, lineNumber } = node.callFrame;
    const callees = (node.children ?? []).flatMap(build);
    const selfMs = (selfUs.get(id) ?? 0) / 1000;
    return [
      {
        name: functionName || "(anonymous)",
        place: url === "" ? "" : `${shortUrl(url, projectFolder)}:${lineNumber + 1}`,
        selfMs,
        totalMs: callees.reduce((sum, { totalMs }) => sum + totalMs, selfMs),
        callees,
      },
    ];
  };
  const [root] = build(profile.nodes[0]?.id ?? -1);
  return root ?? { name: "(root)", place: "", selfMs: 0, totalMs: 0, callees: [] };
}

/** A file of the project by its path in it, a package's by the package. */
function shortUrl(url: string, projectFolder: string): string {
  const inPackage = /^.*\/node_modules\/(?!\.pnpm\/)(.+)$/.exec(url)?.[1];
  if (inPackage !== undefined) return inPackage;
  const prefix = `file://${projectFolder}`;
  return url.startsWith(prefix) ? url.slice(prefix.length).replace(/^\//, "") : url;
}
