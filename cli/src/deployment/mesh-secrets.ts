import { readFileSync } from "node:fs";
import { join } from "node:path";
import { busPermissions } from "@sluice/bus/permissions";
import { type BusUser, busUserSchema } from "@sluice/contracts/service-name";
import type { NatsUser } from "@sluice/servers/nats-configuration";
import { createNkey, publicNkey } from "@sluice/servers/nkey";
import { redisConfiguration } from "@sluice/servers/redis-configuration";
import { newAdminKey, sha256Hex } from "../supervisor/access-keys.ts";
import { busNodeConfigurations } from "./bus-nodes.ts";
import { keptSecret, newPassword, writeSecret } from "./kept-secret.ts";
import { keepSealingSecrets } from "./sealing-secrets.ts";

export interface MeshSecretsOptions {
  /** Absolute path. It gets one folder for each who needs something secret, which has all that it needs. */
  folder: string;
  /** Names of the hosts that nats-servers run on; several make a cluster. */
  busNodes: readonly string[];
  /** What JetStream may take up on the disk of each. */
  busStoreBytes: number;
  /** Host and port, as `redis:6379`. */
  redis: string;
  postgres: string;
}

const redisPort = 6379;
/** Where the official images have their data. */
const redisDataFolder = "/data";

/**
 * Makes all that is secret in a mesh whose parts run apart from each other, and the configurations of its servers
 * that follow from it. What was made before stays as it is.
 */
export function writeMeshSecrets(options: MeshSecretsOptions): void {
  const at = (...parts: string[]) => join(options.folder, ...parts);
  const users = busUsers(at);
  const nodes = busNodeConfigurations({
    nodes: options.busNodes,
    storeBytes: options.busStoreBytes,
    users,
    routePassword: () => keptSecret(at("operator", "nats-routes.password"), newPassword),
  });
  for (const { folder, configuration } of nodes) writeSecret(at(folder, "nats-server.conf"), configuration);

  const redisPassword = keptSecret(at("redis", "password"), newPassword);
  const configuration = {
    host: "0.0.0.0",
    port: redisPort,
    password: redisPassword,
    dataDir: redisDataFolder,
  };
  writeSecret(at("redis", "redis.conf"), redisConfiguration(configuration));
  for (const service of ["auth", "router", "compact"]) {
    writeSecret(at(service, "redis-url"), `redis://:${redisPassword}@${options.redis}`);
  }

  const postgresPassword = keptSecret(at("postgres", "password"), newPassword);
  const databaseUrl = `postgres://sluice:${postgresPassword}@${options.postgres}/sluice`;
  for (const service of ["ledger", "compact"]) writeSecret(at(service, "database-url"), databaseUrl);

  const adminKey = keptSecret(at("operator", "admin.key"), newAdminKey);
  for (const service of ["ledger", "compact"])
    writeSecret(at(service, "admin-key-sha256"), sha256Hex(adminKey));

  const sealingKeys = keepSealingSecrets({
    privateKey: at("router", "sealing.key"),
    publicKey: at("operator", "sealing-public.key"),
    ingressPrivateKey: at("ingress", "sealing.key"),
    ingressPublicKey: at("operator", "sealing-ingress-public.key"),
    fingerprintKey: at("operator", "sealing-fingerprint.key"),
    apiKeyDigestKey: at("auth", "api-key-digest.key"),
  });
  writeSecret(at("compact", "sealing.key"), sealingKeys.router);
  writeSecret(at("compact", "ingress-sealing.key"), sealingKeys.ingress);
  writeSecret(at("compact", "api-key-digest.key"), readFileSync(at("auth", "api-key-digest.key"), "utf8"));
}

function busUsers(at: (...parts: string[]) => string): NatsUser[] {
  const seedOf = (name: BusUser) => keptSecret(at(name, "nats.nk"), () => createNkey().seed);
  // Its ledger is on a thread, with a connection of its own.
  writeSecret(at("compact", "ledger-nats.nk"), seedOf("ledger"));
  return busUserSchema.options.map((name) => ({
    name,
    publicNkey: publicNkey(seedOf(name)),
    ...busPermissions(name),
  }));
}
