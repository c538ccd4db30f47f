import { createHash, randomBytes } from "node:crypto";
import { join } from "node:path";
import type { BusConnection } from "@sluice/bus/bus";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { hashVirtualKeySecret } from "@sluice/resources/virtual-key";
import { openVirtualKeyStore, type VirtualKeyStore } from "@sluice/resources/virtual-key-store";
import { z } from "zod";
import { readFileIfThere, writePrivateFile } from "./private-file.ts";

/** The key to the ledger's API, made at the first start and kept in the data folder. */
export function keptAdminKey(dataDir: string): string {
  const file = join(dataDir, "admin.key");
  const kept = readFileIfThere(file)?.trim();
  if (kept !== undefined && kept !== "") return kept;
  const key = newAdminKey();
  writePrivateFile(file, `${key}\n`);
  return key;
}

/** A key to the ledger's API that nobody guesses. */
export function newAdminKey(): string {
  return `sluice-admin-${randomBytes(32).toString("base64url")}`;
}

/** All that the ledger is told of the admin key. */
export function sha256Hex(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

const demoKeySchema = z.object({ id: z.string(), secret: z.string() });

/**
 * A virtual key to try Sluice with. The one of the last start is used again as long as it works; a new one is made
 * when the bus has lost it or somebody has revoked it.
 * @returns Its secret.
 */
export async function keptDemoKey(dataDir: string, bus: BusConnection): Promise<string> {
  const file = join(dataDir, "demo-key.json");
  const store = await openVirtualKeyStore(bus);
  const kept = parseDemoKey(readFileIfThere(file));
  if (kept !== undefined && (await works(store, kept))) return kept.secret;
  const { key, secret } = await store.create({ name: "demo", team: "demo", application: "first-steps" });
  writePrivateFile(file, `${JSON.stringify({ id: key.id, secret })}\n`);
  return secret;
}

function parseDemoKey(text: string | undefined): z.infer<typeof demoKeySchema> | undefined {
  if (text === undefined) return undefined;
  try {
    return demoKeySchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

async function works(
  store: VirtualKeyStore,
  { id, secret }: z.infer<typeof demoKeySchema>,
): Promise<boolean> {
  try {
    const key = await store.get(id);
    return key.revokedAtMs === undefined && key.hash === hashVirtualKeySecret(secret);
  } catch (error) {
    if (error instanceof SluiceError && error.code === "not_found") return false;
    throw error;
  }
}
