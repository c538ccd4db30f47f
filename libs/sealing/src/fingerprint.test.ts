import fc from "fast-check";
import { expect, test } from "vitest";
import { fingerprint } from "./fingerprint.ts";
import { createFingerprintKey, createSealingKey, publicSealingKey } from "./sealing-keys.ts";

const newKeys = () => ({
  publicKey: publicSealingKey(createSealingKey()),
  fingerprintKey: createFingerprintKey(),
});
const keys = newKeys();

test("the same value at the same place is known again, and nothing else is taken for it", () => {
  const text = fc.string({ maxLength: 4 });
  fc.assert(
    fc.property(text, text, text, text, (value, place, otherValue, otherPlace) => {
      const isSame = value === otherValue && place === otherPlace;
      const first = fingerprint(keys, value, place);
      expect(first).toMatch(/^fingerprint:v1:[\w-]{43}$/);
      expect(fingerprint(keys, otherValue, otherPlace) === first).toBe(isSame);
    }),
    {
      seed: 2104,
      examples: [
        ["b", "a", "", "ab"],
        ["same", "place", "same", "place"],
      ],
    },
  );
});

test("another mesh, or another key for fingerprints, gives another fingerprint", () => {
  const { publicKey, fingerprintKey } = newKeys();
  const all = [keys, { ...keys, publicKey }, { ...keys, fingerprintKey }].map((each) =>
    fingerprint(each, "value", "place"),
  );
  expect(new Set(all).size).toBe(3);
});
