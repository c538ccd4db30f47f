import type { RunningService } from "./service-definition.ts";

/** What is stopped, as a running service is. */
export type Stoppable = Pick<RunningService, "stop">;

export interface StopGroup {
  members: readonly Stoppable[];
  /** How much of the time it leaves to those that are stopped after it. @default 0 */
  leavesMs?: number;
}

/**
 * Stops services in groups, one group after the other, within the time that all of them have together. Asked again with
 * less time, those that are being stopped are told too.
 */
export class StopInOrder implements Stoppable {
  readonly #groups: readonly StopGroup[];
  #current: StopGroup | undefined;
  #untilMs = Number.POSITIVE_INFINITY;
  #stopped: Promise<void> | undefined;

  constructor(groups: readonly StopGroup[]) {
    this.#groups = groups;
  }

  async stop(drainMs: number): Promise<void> {
    this.#untilMs = Math.min(this.#untilMs, performance.now() + drainMs);
    if (this.#current !== undefined) await this.#stopGroup(this.#current);
    this.#stopped ??= this.#stopAll();
    await this.#stopped;
  }

  async #stopAll(): Promise<void> {
    for (const group of this.#groups) {
      this.#current = group;
      await this.#stopGroup(group);
    }
  }

  async #stopGroup({ members, leavesMs = 0 }: StopGroup): Promise<void> {
    const leftMs = Math.max(0, this.#untilMs - performance.now() - leavesMs);
    await Promise.all(members.map((member) => member.stop(Math.floor(leftMs))));
  }
}
