import { directTarget } from "./direct-target.ts";
import { startMeshTarget } from "./mesh-target.ts";
import { type Peer, peerTarget } from "./peer-target.ts";
import { startPortkeyTarget } from "./portkey-target.ts";
import { startProxyTarget } from "./proxy-target.ts";
import type { Target } from "./target.ts";
import type { TargetName } from "./target-name.ts";

export interface StartTargetsOptions {
  names: readonly TargetName[];
  peers: readonly Peer[];
  upstreamUrl: string;
  collectorUrl: string;
  /** More arguments of `sluice start` for the mesh, such as `--replicas`. */
  meshArguments: readonly string[];
  /** Gives the start up. */
  signal: AbortSignal;
  /** Called with each target that is up, so that it can be ended should a later one fail. */
  onStarted: (target: Target) => void;
  tell: (line: string) => void;
}

/** Starts the targets, one after the other. */
export async function startTargets(options: StartTargetsOptions): Promise<Target[]> {
  const { upstreamUrl, collectorUrl, signal } = options;
  const mesh = (name: TargetName, startArguments: readonly string[]) =>
    startMeshTarget({ name, upstreamUrl, collectorUrl, startArguments, signal });
  const starters: Record<TargetName, () => Target | Promise<Target>> = {
    direct: () => directTarget(upstreamUrl),
    proxy: () => startProxyTarget(upstreamUrl),
    portkey: () => startPortkeyTarget(upstreamUrl),
    mesh: () => mesh("mesh", options.meshArguments),
    compact: () => mesh("compact", ["--compact"]),
  };
  const targets: Target[] = [];
  for (const name of options.names) {
    options.tell(`starting ${name}`);
    const target = await starters[name]();
    options.onStarted(target);
    targets.push(target);
  }
  return [...targets, ...options.peers.map(peerTarget)];
}
