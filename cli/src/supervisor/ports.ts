import { findFreePort, isPortFree } from "@sluice/servers/free-port";
import { CommandError } from "../command-error.ts";

export interface WantedPort {
  /** What listens there, for the message. */
  what: string;
  /** Environment variable that moves it. */
  variable: string;
  host: string;
  /** 0 takes any free one. */
  port: number;
}

/**
 * Makes sure that a port can be listened on, before anything is started.
 * @returns The port; a free one for 0, so that a process that is started again gets the same.
 * @throws CommandError when it is taken or not ours to take
 */
export async function settlePort({ what, variable, host, port }: WantedPort): Promise<number> {
  if (port === 0) return await findFreePort();
  let isFree: boolean;
  try {
    isFree = await isPortFree(port, host);
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown error";
    throw new CommandError(
      `The ${what} can't listen on ${host}:${port} (${code}): set ${variable} to another port.`,
      {
        cause,
      },
    );
  }
  if (isFree) return port;
  throw new CommandError(
    `Port ${port} for the ${what} is taken: set ${variable} to another port, or end what listens there.`,
  );
}
