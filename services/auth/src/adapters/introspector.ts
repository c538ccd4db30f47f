import { hash } from "node:crypto";
import { SluiceError } from "@sluice/contracts/sluice-error";
import type { Introspection } from "@sluice/resources/access-policy";
import type { Logger } from "@sluice/telemetry/logger";
import { z } from "zod";
import type { Claims } from "../domain/claim-at.ts";
import { readClientSecret } from "./client-secret.ts";
import type { JsonClient } from "./json-client.ts";

/** Answers that are kept. */
const maxKept = 10_000;
/** Tokens that are asked about at a time; one more is refused. */
const maxAsked = 500;
/** A token that could not be asked about is not asked about again for so long: the ingress sends a request again soon. */
const retryMs = 1_000;
/** How often the log has it at most. */
const toldEveryMs = 10_000;

const answerSchema = z.looseObject({
  active: z.boolean(),
  exp: z.number().optional(),
  nbf: z.number().optional(),
});
type Answer = z.infer<typeof answerSchema>;

interface KeptAnswer {
  /** Undefined where there was none. */
  answer: Answer | undefined;
  /** Epoch milliseconds. */
  untilMs: number;
}

export interface IntrospectorOptions {
  client: JsonClient;
  environment: Readonly<Record<string, string>>;
  logger: Logger;
  /** Epoch milliseconds. @default Date.now */
  now?: () => number;
}

/**
 * Asks authorization servers about tokens (RFC 7662). Answers are kept by the token's hash for a while, whatever they
 * are, never past the token's own time; who asks about the same token at the same time waits for the same answer.
 */
export class Introspector {
  readonly #options: IntrospectorOptions;
  readonly #now: () => number;
  readonly #kept = new Map<string, KeptAnswer>();
  readonly #asked = new Map<string, Promise<Answer | undefined>>();
  /** When it may be told again that a server could not be asked, by its URL. */
  readonly #quietUntilMs = new Map<string, number>();

  constructor(options: IntrospectorOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /**
   * @returns what the server says of the token; undefined for one that is not active
   * @throws SluiceError `service_unavailable` where it can't be asked
   */
  async introspect(server: Introspection, token: string): Promise<Claims | undefined> {
    const key = JSON.stringify([server.url, server.clientId, hash("sha256", token, "base64url")]);
    const kept = this.#kept.get(key);
    const isFresh = kept !== undefined && this.#now() < kept.untilMs;
    const answer = isFresh ? kept.answer : await this.#ask(server, token, key);
    if (answer === undefined) throw unavailable();
    return isActive(answer, this.#now()) ? answer : undefined;
  }

  async #ask(server: Introspection, token: string, key: string): Promise<Answer | undefined> {
    const asked = this.#asked.get(key);
    if (asked !== undefined) return await asked;
    if (this.#asked.size >= maxAsked) return undefined;
    const asking = this.#request(server, token)
      .then((answer) => {
        this.#keep(server, key, answer);
        return answer;
      })
      .finally(() => this.#asked.delete(key));
    this.#asked.set(key, asking);
    return await asking;
  }

  /** @returns undefined where there is no answer, which is logged */
  async #request(server: Introspection, token: string): Promise<Answer | undefined> {
    const { client, environment } = this.#options;
    const { url, clientId, clientAuthentication, timeoutMs } = server;
    const form = new URLSearchParams({ token, token_type_hint: "access_token" });
    try {
      const secret = await readClientSecret(environment, server.clientSecret);
      const byForm = clientAuthentication === "post";
      if (byForm) {
        form.set("client_id", clientId);
        form.set("client_secret", secret);
      }
      const headers = byForm ? {} : { authorization: basic(clientId, secret) };
      return await client.ask({ url, timeoutMs, form, headers }, answerSchema);
    } catch (error) {
      this.#tell(url, error);
      return undefined;
    }
  }

  #tell(url: string, error: unknown): void {
    const nowMs = this.#now();
    if (nowMs < (this.#quietUntilMs.get(url) ?? 0)) return;
    this.#quietUntilMs.set(url, nowMs + toldEveryMs);
    this.#options.logger.warn({ err: error }, "an authorization server could not be asked about a token");
  }

  #keep({ cacheTtlMs }: Introspection, key: string, answer: Answer | undefined): void {
    const ttlMs = answer === undefined ? retryMs : cacheTtlMs;
    if (ttlMs === 0) return;
    const untilMs = Math.min(this.#now() + ttlMs, (answer?.exp ?? Number.POSITIVE_INFINITY) * 1000);
    this.#kept.delete(key);
    this.#kept.set(key, { answer, untilMs });
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= maxKept) break;
      this.#kept.delete(oldest);
    }
  }
}

function isActive({ active, exp, nbf }: Answer, nowMs: number): boolean {
  return active && (exp === undefined || nowMs < exp * 1000) && (nbf === undefined || nbf * 1000 <= nowMs);
}

/** RFC 6749, section 2.3.1: both are form-encoded before they are put together. */
function basic(clientId: string, secret: string): string {
  const encode = (text: string): string => new URLSearchParams({ x: text }).toString().slice(2);
  return `Basic ${Buffer.from(`${encode(clientId)}:${encode(secret)}`).toString("base64")}`;
}

function unavailable(): SluiceError {
  return new SluiceError("service_unavailable", "The authorization server can't be asked about the token.", {
    retryAfterMs: retryMs,
  });
}
