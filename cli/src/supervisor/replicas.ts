import { type ServiceName, serviceNames } from "@sluice/contracts/service-name";
import { CommandError } from "../command-error.ts";

/** How many processes of each service run. */
export type Replicas = Record<ServiceName, number>;

/** More processes than that on one host only wait for each other. */
const mostReplicas = 64;

/**
 * Reads `router=3,guard=2`; a service that is not named has one process.
 * @throws CommandError that names what is wrong
 */
export function parseReplicas(text: string | undefined): Replicas {
  const replicas: Replicas = { ingress: 1, auth: 1, guard: 1, router: 1, ledger: 1 };
  if (text === undefined) return replicas;
  const named = new Set<string>();
  for (const part of text.split(",")) {
    const [, name = "", count = ""] = /^([^=]*)=(.*)$/.exec(part.trim()) ?? [];
    const service = serviceNames.find((known) => known === name);
    if (service === undefined) {
      throw new CommandError(
        `--replicas names ${JSON.stringify(name === "" ? part : name)}: write it as router=3,guard=2, with services of ${serviceNames.join(", ")}.`,
      );
    }
    if (named.has(service)) throw new CommandError(`--replicas names ${service} twice.`);
    named.add(service);
    if (!/^[1-9]\d?$/.test(count) || Number(count) > mostReplicas) {
      throw new CommandError(
        `--replicas gives ${service} ${JSON.stringify(count)} processes: it must be a whole number from 1 to ${mostReplicas}.`,
      );
    }
    replicas[service] = Number(count);
  }
  return replicas;
}
