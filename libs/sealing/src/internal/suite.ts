import { AEAD_AES_256_GCM, CipherSuite, KDF_HKDF_SHA256, KEM_DHKEM_X25519_HKDF_SHA256 } from "hpke";

/**
 * What version 1 of a sealed text is made with: HPKE (RFC 9180) in its base mode, DHKEM(X25519, HKDF-SHA256),
 * HKDF-SHA256, AES-256-GCM.
 */
export const suite = new CipherSuite(KEM_DHKEM_X25519_HKDF_SHA256, KDF_HKDF_SHA256, AEAD_AES_256_GCM);

/** Bytes of the ephemeral public key that a sealed text begins with (RFC 9180, section 7.1, `Nenc`). */
export const encapsulatedBytes = suite.KEM.Nenc;
/** Bytes of the tag that it ends with (section 7.3, `Nt`). */
export const tagBytes = suite.AEAD.Nt;

/**
 * What a text is bound to. It goes into the key by `info`, as section 8.1 asks of whoever seals one message per key.
 * @param context What the value is and where it belongs, as `Secret default/gw-api-key openai-api-key`.
 */
export function boundTo(context: string): Uint8Array {
  return Buffer.from(`sluice sealed:v1 ${context}`);
}
