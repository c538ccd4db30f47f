import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes } from "node:crypto";
import {
  fingerprintForm,
  privateForm,
  publicForm,
  readFingerprintKey,
  readPrivateKey,
  readPublicKey,
} from "./internal/key-text.ts";
import { writeMarked } from "./internal/marked-bytes.ts";

/** What an X25519 private key begins with in PKCS #8 (RFC 8410, section 7); its 32 bytes follow. */
const pkcs8Beginning = Buffer.from("302e020100300506032b656e04220420", "hex");

/** What whoever seals has. None of the keys opens anything. */
export interface OperatorSealingKeys {
  /** Seals for the router. */
  publicKey: string;
  /** Seals for the ingress. @default undefined: nothing can be sealed for it */
  ingressPublicKey?: string | undefined;
  /** Makes fingerprints. Secret: whoever has it can try out guesses at what a fingerprint was made of. */
  fingerprintKey: string;
}

/** Makes a private key (X25519) that opens what is sealed with its public key. */
export function createSealingKey(): string {
  const { d = "" } = generateKeyPairSync("x25519").privateKey.export({ format: "jwk" });
  return writeMarked(privateForm, Buffer.from(d, "base64url"));
}

/** The public key that belongs to a private one. @throws SealingError when the text is no private key */
export function publicSealingKey(privateKey: string): string {
  const key = Buffer.concat([pkcs8Beginning, readPrivateKey(privateKey)]);
  const { x = "" } = createPublicKey(createPrivateKey({ key, format: "der", type: "pkcs8" })).export({
    format: "jwk",
  });
  return writeMarked(publicForm, Buffer.from(x, "base64url"));
}

/** Makes a key for fingerprints. */
export function createFingerprintKey(): string {
  return writeMarked(fingerprintForm, randomBytes(32));
}

/** Whether a private key is in the text, whatever is around it. */
export function holdsSealingKey(text: string): boolean {
  return text.includes(privateForm.mark);
}

/** Whether the text is a private key and nothing else. */
export function isSealingKey(text: string): boolean {
  try {
    readPrivateKey(text);
    return true;
  } catch {
    return false;
  }
}

/** @throws SealingError that says which of them is none */
export function checkOperatorKeys({
  publicKey,
  ingressPublicKey,
  fingerprintKey,
}: OperatorSealingKeys): void {
  readPublicKey(publicKey);
  if (ingressPublicKey !== undefined) readPublicKey(ingressPublicKey);
  readFingerprintKey(fingerprintKey);
}
