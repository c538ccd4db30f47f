import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TestBus } from "@sluice/bus/testing/test-bus";
import { createFingerprintKey, createSealingKey, publicSealingKey } from "@sluice/sealing/sealing-keys";
import { openRecordedTerminal, type RecordedTerminal } from "./recorded-terminal.ts";

/** A terminal of somebody who may do everything on a bus, with keys to seal secrets. */
export async function openOperatorTerminal(testBus: TestBus): Promise<RecordedTerminal> {
  const terminal = await openRecordedTerminal();
  const { servers, nkeySeed } = testBus.credentials("operator");
  await writeFile(join(terminal.directory, "operator.nk"), `${nkeySeed}\n`, { mode: 0o600 });
  terminal.environment.NATS_URL = servers;
  terminal.environment.NATS_NKEY_SEED_FILE = "operator.nk";
  terminal.environment.SLUICE_SEALING_PUBLIC_KEY = publicSealingKey(createSealingKey());
  terminal.environment.SLUICE_SEALING_INGRESS_PUBLIC_KEY = publicSealingKey(createSealingKey());
  terminal.environment.SLUICE_SEALING_FINGERPRINT_KEY = createFingerprintKey();
  return terminal;
}
