import { connect } from "node:net";
import { createInterface } from "node:readline";
import { type ServiceName, serviceNames } from "@sluice/contracts/service-name";
import { Argument, Command } from "commander";
import { CommandError } from "../command-error.ts";
import { type ControlRequest, controlReplySchema } from "../control-protocol.ts";
import { findSupervisor } from "../find-mesh.ts";
import type { Terminal } from "../terminal.ts";

/** `sluice restart`: has the supervisor replace the processes of services, one after the other. */
export function restartCommand(terminal: Terminal): Command {
  return new Command("restart")
    .description("replace the processes of services by new ones, one after the other; no request is lost")
    .addArgument(new Argument("[service...]", "which services (default: all)").choices(serviceNames))
    .action((services: ServiceName[]) => restart(terminal, services.length === 0 ? serviceNames : services));
}

async function restart(terminal: Terminal, services: readonly ServiceName[]): Promise<void> {
  const request: ControlRequest = { command: "restart", services: [...services] };
  for await (const text of order(await findSupervisor(terminal), request)) {
    const reply = controlReplySchema.parse(JSON.parse(text));
    if ("line" in reply) terminal.out(`${reply.line}\n`);
    else if (reply.succeeded) return;
    else throw new CommandError("Not all was restarted.");
  }
  throw new CommandError("The supervisor has ended meanwhile.");
}

/** Says what is wanted to the supervisor and gives its answer by lines. */
async function* order(socketPath: string, request: ControlRequest): AsyncGenerator<string> {
  const socket = connect(socketPath);
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    socket.write(`${JSON.stringify(request)}\n`);
    yield* createInterface({ input: socket });
  } catch (cause) {
    if (cause instanceof CommandError || !(cause instanceof Error) || !("code" in cause)) throw cause;
    throw new CommandError("The supervisor does not answer: the mesh has ended, or is another user's.", {
      cause,
    });
  } finally {
    socket.destroy();
  }
}
