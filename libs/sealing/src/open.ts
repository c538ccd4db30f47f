import { readPrivateKey, readPublicKey } from "./internal/key-text.ts";
import { boundTo, suite } from "./internal/suite.ts";
import { readSealedText } from "./sealed-text.ts";
import { SealingError } from "./sealing-error.ts";
import { publicSealingKey } from "./sealing-keys.ts";

/**
 * Opens what `seal` has sealed.
 *
 * @param context The same that it was sealed for.
 * @throws SealingError when the text is damaged, was sealed with another key or for another context, which can't be told
 *   apart, or when the key is no private key
 */
export async function open(privateKey: string, sealedText: string, context: string): Promise<string> {
  const { encapsulated, ciphertext } = readSealedText(sealedText);
  const recipient = await keyPair(privateKey);
  try {
    const plaintext = await suite.Open(recipient, encapsulated, ciphertext, { info: boundTo(context) });
    return Buffer.from(plaintext).toString("utf8");
  } catch (cause) {
    throw new SealingError(
      "The sealed text can't be opened: it was sealed with another key or for another place, or is damaged.",
      { cause },
    );
  }
}

/** With its public half, which Web Cryptography would derive by a call that Node warns of as experimental. */
async function keyPair(privateKey: string) {
  return {
    privateKey: await suite.DeserializePrivateKey(readPrivateKey(privateKey)),
    publicKey: await suite.DeserializePublicKey(readPublicKey(publicSealingKey(privateKey))),
  };
}
