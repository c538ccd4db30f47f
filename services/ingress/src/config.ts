import { choice, integer, port, text } from "@sluice/runtime/environment-variables";
import { isSealingKey } from "@sluice/sealing/sealing-keys";
import { z } from "zod";
import type { ListenAt } from "./adapters/listen.ts";

/** What an ingress takes from its environment, besides what all services take. */
export const ingressConfigSchema = z
  .object({
    /** Address to listen on. @default 127.0.0.1 */
    SLUICE_GATEWAY_HOST: text("a host name or address").default("127.0.0.1"),
    /** @default 8080 */
    SLUICE_GATEWAY_PORT: port().default(8080),
    /** `1` lets several ingress processes of a host listen on the same port (Linux). @default 0 */
    SLUICE_REUSE_PORT: choice(["0", "1"]).default("0"),
    /**
     * File descriptors of listening sockets that the parent process has opened, with a comma between them; in place
     * of host and port. Such a socket outlives this process, and with it the connections that wait to be accepted.
     * @default undefined
     */
    SLUICE_GATEWAY_SOCKETS: fileDescriptors().optional(),
    /**
     * Ports to listen on in place of those that a VirtualGateway declares, as `80=18080,443=18443`.
     * @default undefined (those that it declares)
     */
    SLUICE_LISTENER_PORTS: listenerPorts().optional(),
    /** Opens certificates and their keys that are sealed. @default undefined (none can be opened) */
    SLUICE_SEALING_INGRESS_KEY: z
      .string()
      .refine(isSealingKey, "must be a private sealing key, as sluice init makes one")
      .optional(),
    /** A stream that is silent for so long gets an SSE comment. @default 15000 */
    SLUICE_KEEP_ALIVE_MS: integer({ minimum: 10, maximum: 3_600_000 }).default(15_000),
  })
  // The configuration may name any variable as the place of a certificate.
  .catchall(z.string())
  .transform(({ SLUICE_SEALING_INGRESS_KEY: sealingKey, ...variables }) => ({
    listenAt: listenAt(variables),
    listenerHost: variables.SLUICE_GATEWAY_HOST,
    listenerPorts: variables.SLUICE_LISTENER_PORTS ?? new Map<number, number>(),
    keepAliveMs: variables.SLUICE_KEEP_ALIVE_MS,
    sealingKey,
    environment: variables as Readonly<Record<string, unknown>>,
  }));
export type IngressConfig = z.infer<typeof ingressConfigSchema>;

function fileDescriptors() {
  const what = "numbers of open files with a comma between them";
  return text(what)
    .regex(/^\d{1,4}(,\d{1,4})*$/, `must be ${what}`)
    .transform((list) => list.split(",").map(Number));
}

function listenerPorts() {
  const what = "pairs of ports as 80=18080 with a comma between them";
  return text(what)
    .regex(/^\d{1,5}=\d{1,5}(,\d{1,5}=\d{1,5})*$/, `must be ${what}`)
    .transform((list) => {
      const pairs = list.split(",").map((pair) => pair.split("=").map(Number));
      return new Map(pairs.map(([declared = 0, taken = 0]) => [declared, taken]));
    });
}

function listenAt(variables: {
  SLUICE_GATEWAY_HOST: string;
  SLUICE_GATEWAY_PORT: number;
  SLUICE_REUSE_PORT: "0" | "1";
  SLUICE_GATEWAY_SOCKETS?: number[] | undefined;
}): ListenAt {
  const sockets = variables.SLUICE_GATEWAY_SOCKETS;
  if (sockets !== undefined) return { fileDescriptors: sockets };
  return {
    host: variables.SLUICE_GATEWAY_HOST,
    port: variables.SLUICE_GATEWAY_PORT,
    reusePort: variables.SLUICE_REUSE_PORT === "1",
  };
}
