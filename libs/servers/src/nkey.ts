import { createUser, fromSeed } from "@nats-io/nkeys";

export type Nkey = {
  /** Secret half, `SU…`; whoever has it is this user. */
  seed: string;
  /** Public half, `U…`; what the server's configuration holds. */
  publicKey: string;
};

/** Makes a new pair of NATS user keys (Ed25519). */
export function createNkey(): Nkey {
  const pair = createUser();
  return { seed: new TextDecoder().decode(pair.getSeed()), publicKey: pair.getPublicKey() };
}

/** The public half that belongs to a seed. @throws when the text is not a seed */
export function publicNkey(seed: string): string {
  return fromSeed(new TextEncoder().encode(seed)).getPublicKey();
}
