import { type ClientDialect, chatBody, chatPath, keyHeaders } from "../support/raw-request.ts";

/** What a client of the load does with its request. */
export type ClientKind =
  | "plain"
  | "stream"
  /** Goes away in the middle of a stream. */
  | "leaving"
  /** Reads 1 KB a second of a stream of some 300 KB, and goes away after a few of them. */
  | "slow"
  /** The same of a stream of some 2 MB, more than lies between the provider and the client. */
  | "slow-large"
  /** Sends 700 KB, which go by claim check. */
  | "large"
  /** Asks a provider that does not report what it used. */
  | "unreported";

/** Of a hundred requests, so many are of each kind. */
const shares: readonly [ClientKind, number][] = [
  ["plain", 48],
  ["stream", 35],
  ["leaving", 10],
  ["unreported", 5],
  ["large", 1],
  ["slow", 1],
];

/** Of a hundred requests, so many speak each dialect. */
const dialectShares: readonly [ClientDialect, number][] = [
  ["openai", 50],
  ["anthropic", 25],
  ["gemini", 25],
];

const families: Record<ClientDialect, string> = {
  openai: "gpt-4o-mini",
  anthropic: "claude-sonnet-4-5",
  gemini: "gemini-2.5-flash",
};

const directives: Record<ClientKind, string> = {
  plain: "[[sim chunks=20 latency-ms=40]]",
  stream: "[[sim chunks=40 chunk-ms=5]]",
  leaving: "[[sim chunks=400 chunk-ms=5]]",
  unreported: "[[sim chunks=20 latency-ms=40 usage=none]]",
  large: "[[sim chunks=20 latency-ms=40]]",
  slow: "[[sim chunks=1200 burst=64]]",
  "slow-large": "[[sim chunks=8000 burst=64]]",
};

/** Words, so that a tokenizer meets text as it usually is. */
const largeText = "A paragraph that somebody wrote and nobody will read to its end. ".repeat(11_000);

export interface MixedRequest {
  kind: ClientKind;
  dialect: ClientDialect;
  stream: boolean;
  path: string;
  headers: Record<string, string>;
  body: string;
}

/** The models of a load: no other load asks for them, so its calls can be told from all others. */
export function modelsOf(tag: string): string[] {
  return Object.values(families).map((family) => `${family}-${tag}`);
}

/**
 * The request number `index` of a load: the same one in each run.
 * @param tag of {@link modelsOf}
 * @param key secret of a virtual key
 */
export function mixedRequest(index: number, tag: string, key: string): MixedRequest {
  return requestOf(pick(shares, index * 37), index, tag, key);
}

/** As {@link mixedRequest}, of a kind that is given. */
export function requestOf(kind: ClientKind, index: number, tag: string, key: string): MixedRequest {
  const dialect = pick(dialectShares, Math.floor(index / 7) * 53 + index * 11);
  const stream = kind === "stream" || kind === "leaving" || isSlow(kind);
  const model = `${families[dialect]}-${tag}`;
  const text = `Question ${index}. ${directives[kind]}${kind === "large" ? largeText : ""}`;
  return {
    kind,
    dialect,
    stream,
    path: chatPath(dialect, model, stream),
    headers: { "content-type": "application/json", ...keyHeaders(dialect, key) },
    body: JSON.stringify(chatBody(dialect, model, text, stream)),
  };
}

/** Whether a client of this kind reads as slowly as it can. */
export function isSlow(kind: ClientKind): boolean {
  return kind === "slow" || kind === "slow-large";
}

/** Spreads the kinds evenly over consecutive numbers. */
function pick<Choice>(choices: readonly [Choice, number][], number: number): Choice {
  let left = number % 100;
  for (const [choice, share] of choices) {
    if (left < share) return choice;
    left -= share;
  }
  throw new Error("the shares do not add up to a hundred");
}
