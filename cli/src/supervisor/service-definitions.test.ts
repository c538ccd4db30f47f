import { createSealingKey } from "@sluice/sealing/sealing-keys";
import { expect, test } from "vitest";
import { type MeshArguments, readMeshSettings } from "./mesh-settings.ts";
import { serviceDefinitions, simulatorDefinition } from "./service-definitions.ts";

/** Which sealing variables each process gets, where the supervisor itself has all of them. */
function seenWith(given: MeshArguments): Record<string, string[]> {
  const environment = {
    SLUICE_DATA_DIR: "/data",
    SLUICE_SEALING_KEY: createSealingKey(),
    SLUICE_SEALING_KEY_FILE: "/keys/private.key",
    SLUICE_SEALING_INGRESS_KEY: createSealingKey(),
    SLUICE_SEALING_PUBLIC_KEY: "public",
    SLUICE_SEALING_INGRESS_PUBLIC_KEY: "public",
    SLUICE_SEALING_FINGERPRINT_KEY: "fingerprint",
    SLUICE_API_KEY_DIGEST_KEY: "digest",
  };
  const settings = readMeshSettings(
    {
      environment,
      directory: "/",
      readInput: () => Promise.resolve(""),
      out: () => undefined,
      error: () => undefined,
    },
    given,
  );
  const addresses = {
    natsUrl: "nats://bus",
    seedFile: () => undefined,
    redisUrl: "redis://redis",
    simulatorUrl: undefined,
    gatewaySockets: [],
  };
  const secrets = {
    adminKeySha256: "",
    providers: {},
    sealing: {
      router: { SLUICE_SEALING_KEY_FILE: "/data/sealing/private.key" },
      ingress: { SLUICE_SEALING_INGRESS_KEY_FILE: "/data/sealing/ingress-private.key" },
      auth: { SLUICE_API_KEY_DIGEST_KEY_FILE: "/data/sealing/api-key-digest.key" },
    },
  };
  const definitions = [
    simulatorDefinition(environment, 1),
    ...serviceDefinitions(settings, environment, addresses, secrets),
  ];
  return Object.fromEntries(
    definitions.map((definition) => [
      definition.service,
      Object.entries(definition.environment(0))
        .filter(([name]) => /SEALING|DIGEST/.test(name))
        .map((entry) => entry.join("=")),
    ]),
  );
}

const key = "SLUICE_SEALING_KEY_FILE=/data/sealing/private.key";
const ingressKey = "SLUICE_SEALING_INGRESS_KEY_FILE=/data/sealing/ingress-private.key";
const digestKey = "SLUICE_API_KEY_DIGEST_KEY_FILE=/data/sealing/api-key-digest.key";

test("router and ingress are each told the key that opens what is their own, auth the one for digests of API keys", () => {
  expect(seenWith({})).toEqual({
    simulator: [],
    ingress: [ingressKey],
    auth: [digestKey],
    guard: [],
    router: [key],
    ledger: [],
  });
});

test("in one process for all it is told that process, which has them in it", () => {
  expect(seenWith({ compact: true })).toEqual({ simulator: [], compact: [ingressKey, digestKey, key] });
});
