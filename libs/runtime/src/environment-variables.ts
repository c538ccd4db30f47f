import { z } from "zod";
import { faultOfSecretFile, readSecretFile } from "./secret-file.ts";

/**
 * Kinds of environment variables, for the configuration schema of a service. Each says in one sentence what the
 * variable must be, and never what it is: it may be a secret. An empty variable counts as not set.
 */

/** Text of at least one character. */
export function text(what = "text") {
  return z.string(mustBe(what));
}

/** A TCP port; 0 where any free one will do. */
export function port() {
  return integer({ minimum: 0, maximum: 65_535, what: "a port number from 0 to 65535" });
}

/** A whole number in decimal digits. */
export function integer(range: { minimum: number; maximum: number; what?: string }) {
  const { minimum, maximum } = range;
  const what = range.what ?? `a whole number from ${minimum} to ${maximum}`;
  return z
    .string(mustBe(what))
    .regex(/^\d{1,15}$/, mustBe(what))
    .transform(Number)
    .refine((value) => value >= minimum && value <= maximum, mustBe(what));
}

/** A share, 0 to 1. */
export function ratio() {
  const what = "a number from 0 to 1";
  return z
    .string(mustBe(what))
    .regex(/^\d*\.?\d+$/, mustBe(what))
    .transform(Number)
    .refine((value) => value <= 1, mustBe(what));
}

/** `true` or `false`. */
export function flag() {
  return choice(["true", "false"]).transform((value) => value === "true");
}

/** One of a few words. */
export function choice<const Word extends string>(words: readonly [Word, ...Word[]]) {
  return z.enum(words, mustBe(`one of ${words.join(", ")}`));
}

/** A URL with one of the protocols given, without their colon. */
export function url(...protocols: [string, ...string[]]) {
  const what = `a URL that starts with ${protocols.map((protocol) => `${protocol}://`).join(" or ")}`;
  return z.string(mustBe(what)).refine((value) => protocols.includes(protocolOf(value)), mustBe(what));
}

/**
 * The name of a file that holds a secret. Gives the secret, without white space at its ends. A file that everybody
 * may read is refused.
 */
export function secretFile() {
  return z.string(mustBe("the name of a file")).transform((fileName, refinement) => {
    const fault = faultOfSecretFile(fileName);
    if (fault === undefined) return readSecretFile(fileName);
    refinement.addIssue({ code: "custom", message: fault });
    return z.NEVER;
  });
}

function protocolOf(value: string): string {
  return URL.canParse(value) ? new URL(value).protocol.replace(":", "") : "";
}

function mustBe(what: string) {
  return {
    error: (issue: { input?: unknown }) =>
      issue.input === undefined ? `is not set; it must be ${what}` : `must be ${what}`,
  };
}
