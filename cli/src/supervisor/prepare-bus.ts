import type { BusConnection } from "@sluice/bus/bus";
import { connectOperator } from "@sluice/bus/connect";
import { type ProvisionOptions, provisionBus } from "@sluice/bus/provision";
import { TooFewServersError } from "@sluice/bus/too-few-servers-error";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { createLogger } from "@sluice/telemetry/logger";
import { CommandError } from "../command-error.ts";

/**
 * Makes what the mesh needs on the bus, then does some work there as its operator.
 * @throws CommandError that says what the bus refused; what the work throws
 */
export async function prepareBus<Result>(
  options: ProvisionOptions & { nkeySeed: string | undefined },
  work: (bus: BusConnection) => Promise<Result>,
): Promise<Result> {
  try {
    await provisionBus(options);
  } catch (cause) {
    throw explainBusFailure(cause);
  }
  return await onBus({ url: options.servers, operatorSeed: options.nkeySeed }, work);
}

/** Does some work on a bus that is set up, as its operator. @throws CommandError as above; what the work throws */
export async function onBus<Result>(
  { url: servers, operatorSeed: nkeySeed }: { url: string; operatorSeed: string | undefined },
  work: (bus: BusConnection) => Promise<Result>,
): Promise<Result> {
  const logger = createLogger({ service: "supervisor", instance: "supervisor", level: "silent" });
  try {
    const connection = await connectOperator({ servers, nkeySeed, logger });
    try {
      return await work(connection);
    } finally {
      await connection.drain();
    }
  } catch (cause) {
    throw explainBusFailure(cause);
  }
}

/** Says what the bus refused in one line; gives any other error back as it is. */
function explainBusFailure(cause: unknown): unknown {
  if (cause instanceof SluiceError && cause.code === "bus_unavailable") {
    return new CommandError(`${cause.message.replace(/\.$/, "")}: check NATS_URL and its credentials.`, {
      cause,
    });
  }
  if (cause instanceof TooFewServersError) {
    return new CommandError(`SLUICE_STREAM_REPLICAS asks for what the bus can't do: ${cause.message}`, {
      cause,
    });
  }
  if (cause instanceof Error && cause.name === "NatsError") {
    return new CommandError(
      `The bus can't be set up (${cause.message}): see that JetStream is on, has room on its disk, and that this user may make streams.`,
      { cause },
    );
  }
  return cause;
}
