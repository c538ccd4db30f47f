import { join } from "node:path";
import { type ServiceName, serviceNames } from "@sluice/contracts/service-name";
import {
  authEnvironment,
  databaseEnvironment,
  providerEnvironment,
  sharedEnvironment,
} from "./child-environment.ts";
import { cacheFolder, type MeshSettings, projectFolder } from "./mesh-settings.ts";
import type { MeshAddresses, ProcessDefinition } from "./process-definition.ts";
import { simulatedProviders } from "./providers.ts";
import type { SealingVariables } from "./sealing-variables.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** What the services are told that is neither an address nor in the settings. */
export interface ServiceSecrets {
  adminKeySha256: string;
  /** Variables of the router besides the environment's own. */
  providers: Record<string, string>;
  /** Variables by which router and ingress get the keys that open secrets, and auth the one for digests of API keys. */
  sealing: SealingVariables;
}

/**
 * The five services, each with as much of the environment as it needs; the router alone sees providers' keys and
 * the key that opens them, the ingress alone the one that opens the keys of certificates.
 * A ledger has its database, or its port, to itself; any other service may run twice for a while. In a compact mesh all
 * are one process, which has the ledger in it and sees all that they see.
 */
export function serviceDefinitions(
  settings: MeshSettings,
  environment: Environment,
  addresses: MeshAddresses,
  secrets: ServiceSecrets,
): ProcessDefinition[] {
  const ofService: Record<ServiceName, (index: number) => Record<string, string>> = {
    ingress: () => ({
      ...secrets.sealing.ingress,
      // Standard streams and the IPC channel come first.
      SLUICE_GATEWAY_SOCKETS: addresses.gatewaySockets.map((_, index) => 4 + index).join(","),
    }),
    auth: () => ({
      ...authEnvironment(environment),
      ...secrets.sealing.auth,
      REDIS_URL: addresses.redisUrl,
    }),
    guard: () => ({}),
    router: () => ({
      ...providerEnvironment(environment),
      ...secrets.providers,
      ...secrets.sealing.router,
      ...(addresses.simulatorUrl === undefined ? {} : simulatedProviders(addresses.simulatorUrl)),
      REDIS_URL: addresses.redisUrl,
    }),
    ledger: (index) => ({
      ...databaseEnvironment(environment),
      SLUICE_LEDGER_HOST: settings.ledger.host,
      // One answers at the known port; the others share the work on the events.
      SLUICE_LEDGER_PORT: index === 0 ? String(settings.ledger.port) : "0",
      SLUICE_DATA_DIR: settings.dataDir,
      SLUICE_CACHE_DIR: cacheFolder,
      SLUICE_ADMIN_KEY_SHA256: secrets.adminKeySha256,
    }),
  };
  if (settings.compact) {
    return [
      {
        service: "compact",
        script: join(projectFolder, "compact", "src", "main.ts"),
        replicas: 1,
        takesStopMessage: true,
        mayOverlap: () => false,
        sockets: addresses.gatewaySockets,
        environment: (index) => ({
          ...sharedEnvironment(environment),
          ...Object.assign({}, ...serviceNames.map((service) => ofService[service](index))),
          NATS_URL: addresses.natsUrl,
          ...seedVariable("NATS_NKEY_SEED_FILE", addresses.seedFile("compact")),
          ...seedVariable("NATS_LEDGER_NKEY_SEED_FILE", addresses.seedFile("ledger")),
        }),
      },
    ];
  }
  return serviceNames.map((service) => ({
    service,
    script: join(projectFolder, "services", service, "src", "main.ts"),
    replicas: settings.replicas[service],
    takesStopMessage: true,
    mayOverlap: (index) => service !== "ledger" || (settings.databaseUrl !== undefined && index > 0),
    ...(service === "ingress" ? { sockets: addresses.gatewaySockets } : {}),
    environment: (index) => ({
      ...sharedEnvironment(environment),
      ...ofService[service](index),
      NATS_URL: addresses.natsUrl,
      ...seedVariable("NATS_NKEY_SEED_FILE", addresses.seedFile(service)),
    }),
  }));
}

/** The providers in a box, for when there is no key. @param port Always the same, so that a restart keeps it. */
export function simulatorDefinition(environment: Environment, port: number): ProcessDefinition {
  return {
    service: "simulator",
    script: join(projectFolder, "simulator", "src", "main.ts"),
    replicas: 1,
    takesStopMessage: false,
    mayOverlap: () => false,
    environment: () => ({ ...sharedEnvironment(environment), SLUICE_SIMULATOR_PORT: String(port) }),
  };
}

function seedVariable(name: string, file: string | undefined): Record<string, string> {
  return file === undefined ? {} : { [name]: file };
}
