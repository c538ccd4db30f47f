import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { busPermissions } from "@sluice/bus/permissions";
import { type BusUser, busUserSchema } from "@sluice/contracts/service-name";
import type { NatsUser } from "@sluice/servers/nats-configuration";
import { createNkey, publicNkey } from "@sluice/servers/nkey";
import { readFileIfThere, writePrivateFile } from "./private-file.ts";

/** Where the seed of a user of the bus is kept. */
export function seedFile(busFolder: string, user: BusUser): string {
  return join(busFolder, `${user}.nk`);
}

/**
 * The users of the bus, each with only the subjects it needs. Their keys are made at the first start and kept, one
 * file for each, readable by its owner only.
 */
export function busUsers(busFolder: string): NatsUser[] {
  mkdirSync(busFolder, { recursive: true, mode: 0o700 });
  return busUserSchema.options.map((name) => ({
    name,
    publicNkey: keptPublicNkey(seedFile(busFolder, name)),
    ...busPermissions(name),
  }));
}

function keptPublicNkey(file: string): string {
  const kept = readFileIfThere(file)?.trim();
  if (kept !== undefined && kept !== "") return publicNkey(kept);
  const { seed, publicKey } = createNkey();
  writePrivateFile(file, `${seed}\n`);
  return publicKey;
}
