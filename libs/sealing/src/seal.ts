import { readPublicKey } from "./internal/key-text.ts";
import { boundTo, suite } from "./internal/suite.ts";
import { writeSealedText } from "./sealed-text.ts";
import { SealingError } from "./sealing-error.ts";

/**
 * Seals a value so that only the holder of the private key can read it. Each time gives another text, under an
 * ephemeral key of its own. It is as long as the value and 48 bytes, in base64url: the length is not hidden.
 *
 * @param context What the value is and where it belongs, as `Secret default/gw-api-key openai-api-key`; not secret, and
 *   needed to open it. A sealed text that is put elsewhere does not open there.
 * @returns `sealed:v1:…`, as sealedTextSchema
 * @throws SealingError when the key is no public key, or the value is no text that UTF-8 can hold
 */
export async function seal(publicKey: string, plaintext: string, context: string): Promise<string> {
  if (!plaintext.isWellFormed()) throw new SealingError("The value is no well-formed Unicode text.");
  const keyBytes = readPublicKey(publicKey);
  try {
    const recipient = await recipientOf(publicKey, keyBytes);
    const { encapsulatedSecret, ciphertext } = await suite.Seal(recipient, Buffer.from(plaintext), {
      info: boundTo(context),
    });
    return writeSealedText({ encapsulated: encapsulatedSecret, ciphertext });
  } catch (cause) {
    // Some 32 bytes are no point that a secret can be agreed on with (RFC 7748, section 6.1).
    throw new SealingError("Nothing can be sealed with this public sealing key.", { cause });
  }
}

type Recipient = ReturnType<typeof suite.DeserializePublicKey>;

/** The one that was sealed for last: whoever seals thousands of values seals them for one. */
let lastRecipient: { publicKey: string; read: Recipient } | undefined;

function recipientOf(publicKey: string, keyBytes: Uint8Array): Recipient {
  if (lastRecipient?.publicKey !== publicKey) {
    lastRecipient = { publicKey, read: suite.DeserializePublicKey(keyBytes) };
  }
  return lastRecipient.read;
}
