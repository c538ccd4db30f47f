import { SluiceError } from "@sluice/contracts/sluice-error";
import { open } from "@sluice/sealing/open";

/** A secret that travels in the configuration, sealed. */
export interface SealedSecret {
  sealed: string;
  /** Which secret and which entry of it: what it was sealed for. */
  name: string;
}

/** Values that are kept open. More than a configuration has, so that a revision opens only what is new in it. */
const usualLimit = 1000;

/** Opens sealed secrets. The key and what it opens live in this process's memory and nowhere else. */
export class SecretOpener {
  readonly #sealingKey: string | undefined;
  readonly #limit: number;
  /** By sealed text; the one that was asked for last comes last. */
  readonly #opened = new Map<string, { name: string; value: string }>();

  /**
   * @param sealingKey Private. @default undefined (nothing can be opened)
   * @param limit Values that are kept open. @default 1000
   */
  constructor(sealingKey: string | undefined, limit = usualLimit) {
    this.#sealingKey = sealingKey;
    this.#limit = limit;
  }

  /** @throws SluiceError `provider_credential` that names the secret, when there is no key or it does not open it */
  async open(secret: SealedSecret): Promise<string> {
    const { sealed, name } = secret;
    const kept = this.#opened.get(sealed);
    const value = kept?.name === name ? kept.value : await this.#openAnew(secret);
    this.#opened.delete(sealed);
    this.#opened.set(sealed, { name, value });
    const [oldest] = this.#opened.keys();
    if (oldest !== undefined && this.#opened.size > this.#limit) this.#opened.delete(oldest);
    return value;
  }

  async #openAnew({ sealed, name }: SealedSecret): Promise<string> {
    if (this.#sealingKey === undefined) {
      throw new SluiceError(
        "provider_credential",
        `${name} can't be opened: set the variable SLUICE_SEALING_KEY of the router.`,
      );
    }
    try {
      return await open(this.#sealingKey, sealed, name);
    } catch (cause) {
      throw new SluiceError(
        "provider_credential",
        `${name} can't be opened with the router's key: apply it again.`,
        { cause },
      );
    }
  }
}
