import { describe, expect, it } from "vitest";
import {
  framesSubject,
  parseUnreachableSubject,
  parseUnreadSubject,
  parseUnwrittenSubject,
  unreachableSubject,
  unreachableWildcard,
  unreadSubject,
  unreadWildcard,
  unwrittenSubject,
  unwrittenWildcard,
} from "./subjects.ts";

const ingress = { service: "ingress", instance: "ingress-abcdefgh" } as const;
const router = { service: "router", instance: "router-abcdefgh" } as const;
const requestId = "019a0b1c-2d3e-7f40-8fff-00ff10203040";
const address = { reader: ingress, delivery: 2, requestId };

/** Whether NATS delivers what is sent to `subject` to who subscribed to `wildcard`. */
function matches(wildcard: string, subject: string): boolean {
  const tokens = subject.split(".");
  const pattern = wildcard.split(".");
  return (
    tokens.length === pattern.length && pattern.every((each, index) => each === "*" || each === tokens[index])
  );
}

describe("a reply subject to which only the server writes", () => {
  const kinds = [
    {
      subject: unreachableSubject(router, "guard", address),
      wildcard: unreachableWildcard(router),
      parse: parseUnreachableSubject,
      says: { next: "guard", address },
    },
    {
      subject: unreadSubject(router, ingress),
      wildcard: unreadWildcard(router),
      parse: parseUnreadSubject,
      says: { writer: router, reader: ingress },
    },
    {
      subject: unwrittenSubject(address, router),
      wildcard: unwrittenWildcard(ingress),
      parse: parseUnwrittenSubject,
      says: { writer: router, delivery: 2, requestId },
    },
  ];

  it.each(kinds)("says in its tokens what it is about: $subject", ({ subject, wildcard, parse, says }) => {
    expect(parse(subject)).toEqual(says);
    expect(kinds.filter((kind) => matches(kind.wildcard, subject)).length).toBe(1);
    expect(matches(wildcard, subject)).toBe(true);
  });

  it.each(kinds)("is told from all others: $subject", ({ subject, parse }) => {
    const others = kinds.map((kind) => kind.subject).filter((other) => other !== subject);
    const broken = [framesSubject(router), subject.split(".").slice(0, -1).join("."), "sluice", ""];
    for (const other of [...others, ...broken, subject.replaceAll(/router|ingress/g, "stranger")])
      expect(parse(other)).toBeUndefined();
  });
});
