/** How much time a process has to end. */
export interface StopTime {
  /** How long it may go on with what is open. */
  drainMs: number;
  /** When it is killed; longer than the drain time, because what is broken off has to be settled. */
  killAfterMs: number;
}

/** A child process that does its work. */
export interface RunningProcess {
  pid: number;
  /** Unique name of this process; a restarted one has another. */
  instance: string;
  /** Where it is reached, where it has clients of its own. */
  url?: string | undefined;
  /** The services in it, where it is a process of several. */
  services?: readonly { service: string; url?: string | undefined }[] | undefined;
  /** Where it serves its metrics and its health. */
  metricsUrl?: string | undefined;
  /** Resolves, never rejects, with a few words on how it ended. */
  ended: Promise<string>;
  /** Asks it to end, kills it when the time is over; resolves when it has gone. A later call may shorten the time. */
  stop(time: StopTime): Promise<void>;
}
