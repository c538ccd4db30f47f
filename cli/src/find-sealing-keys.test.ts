import { rmSync } from "node:fs";
import { createFingerprintKey, createSealingKey, publicSealingKey } from "@sluice/sealing/sealing-keys";
import { afterEach, beforeEach, expect, test } from "vitest";
import { CommandError } from "./command-error.ts";
import { writeSecret } from "./deployment/kept-secret.ts";
import { keepSealingSecrets } from "./deployment/sealing-secrets.ts";
import { findSealingKeys } from "./find-sealing-keys.ts";
import { sealingFiles } from "./sealing-files.ts";
import { openRecordedTerminal, type RecordedTerminal } from "./testing/recorded-terminal.ts";

let terminal: RecordedTerminal;
beforeEach(async () => {
  terminal = await openRecordedTerminal();
});
afterEach(async () => {
  await terminal.remove();
});

const keys = {
  publicKey: publicSealingKey(createSealingKey()),
  fingerprintKey: createFingerprintKey(),
};

function find(environment: Record<string, string> = {}) {
  return findSealingKeys({
    environment: { ...terminal.environment, ...environment },
    directory: terminal.directory,
    readInput: () => Promise.resolve(""),
    out: () => undefined,
    error: () => undefined,
  });
}

async function complaintOf(environment?: Record<string, string>): Promise<string> {
  const error = await find(environment).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(CommandError);
  return (error as CommandError).message;
}

const dataFiles = () => sealingFiles(`${terminal.directory}/data`);
const both = "SLUICE_SEALING_PUBLIC_KEY and SLUICE_SEALING_FINGERPRINT_KEY";

test("the variables come before the data folder", async () => {
  keepSealingSecrets(dataFiles());
  const given = {
    NATS_URL: "nats://bus:4222",
    SLUICE_SEALING_PUBLIC_KEY: keys.publicKey,
    SLUICE_SEALING_FINGERPRINT_KEY: keys.fingerprintKey,
  };
  expect(await find(given)).toEqual(keys);
  const ingressPublicKey = publicSealingKey(createSealingKey());
  expect(await find({ ...given, SLUICE_SEALING_INGRESS_PUBLIC_KEY: ingressPublicKey })).toEqual({
    ...keys,
    ingressPublicKey,
  });
});

test("without them the data folder's keys are taken", async () => {
  const { router, ingress } = keepSealingSecrets(dataFiles());
  expect(await find()).toMatchObject({
    publicKey: publicSealingKey(router),
    ingressPublicKey: publicSealingKey(ingress),
  });
});

test("a data folder of an earlier release has no key for the ingress", async () => {
  const files = dataFiles();
  const { router } = keepSealingSecrets(files);
  rmSync(files.ingressPublicKey);
  expect(await find()).toMatchObject({ publicKey: publicSealingKey(router), ingressPublicKey: undefined });
});

test("a mesh elsewhere does not get what is sealed for the one here", async () => {
  keepSealingSecrets(dataFiles());
  expect(await complaintOf({ NATS_URL: "nats://bus:4222" })).toBe(
    `Secrets are sealed for the mesh at NATS_URL, and its keys are not known here: set ${both}.`,
  );
});

test("one key without the other is refused", async () => {
  expect(await complaintOf({ SLUICE_SEALING_PUBLIC_KEY: keys.publicKey })).toBe(
    `One of ${both} is set and the other is not: set both.`,
  );
});

test("a data folder without keys is named", async () => {
  expect(await complaintOf()).toBe(
    `There are no keys to seal secrets with in ${dataFiles().folder}: npm start makes them; or set ${both}.`,
  );
});

test("what is no key is refused without being shown", async () => {
  const files = dataFiles();
  keepSealingSecrets(files);
  writeSecret(files.fingerprintKey, "hunter2");
  expect(await complaintOf()).toBe(
    `Secrets can't be sealed with the keys in ${files.folder}: This is no fingerprint key, which begins with sluice-fingerprint:v1:, or it is damaged.`,
  );
  const wrongWayRound = {
    SLUICE_SEALING_PUBLIC_KEY: createSealingKey(),
    SLUICE_SEALING_FINGERPRINT_KEY: keys.fingerprintKey,
  };
  expect(await complaintOf(wrongWayRound)).toBe(
    `Secrets can't be sealed with ${both}: This is a private sealing key in place of the public one.`,
  );
});
