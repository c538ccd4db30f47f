/** A child process that does its work. */
export interface RunningProcess {
  pid: number;
  /** Unique name of this process; a restarted one has another. */
  instance: string;
  /** Where it is reached, where it has clients of its own. */
  url?: string | undefined;
  /** Where it serves its metrics and its health. */
  metricsUrl?: string | undefined;
  /** Resolves, never rejects, with a few words on how it ended. */
  ended: Promise<string>;
  /** Asks it to end, kills it after `graceMs`; resolves when it has gone. */
  stop(graceMs: number): Promise<void>;
}
