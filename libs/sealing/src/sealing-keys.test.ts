import { expect, test } from "vitest";
import {
  checkOperatorKeys,
  createFingerprintKey,
  createSealingKey,
  holdsSealingKey,
  isSealingKey,
  publicSealingKey,
} from "./sealing-keys.ts";

const privateKey = createSealingKey();
const publicKey = publicSealingKey(privateKey);
const fingerprintKey = createFingerprintKey();

test("the public key is that of RFC 9180, appendix A.1.1", () => {
  const marked = (mark: string, hex: string) => `${mark}${Buffer.from(hex, "hex").toString("base64url")}`;
  const known = marked(
    "sluice-sealing-private:v1:",
    "4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8",
  );
  expect(publicSealingKey(known)).toBe(
    marked("sluice-sealing-public:v1:", "3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d"),
  );
});

test("no two keys are the same, and each says what it is", () => {
  expect(createSealingKey()).not.toBe(privateKey);
  expect(createFingerprintKey()).not.toBe(fingerprintKey);
  expect([privateKey, publicKey, fingerprintKey].map(holdsSealingKey)).toEqual([true, false, false]);
  expect([privateKey, publicKey, `${privateKey}\n`, ""].map(isSealingKey)).toEqual([
    true,
    false,
    false,
    false,
  ]);
});

test("a key in the place of another is refused without being shown", () => {
  checkOperatorKeys({ publicKey, fingerprintKey });
  const refusals: [() => void, string][] = [
    [() => publicSealingKey(fingerprintKey), "private sealing key"],
    [() => publicSealingKey(`${privateKey}x`), "private sealing key"],
    [() => checkOperatorKeys({ publicKey: fingerprintKey, fingerprintKey }), "public sealing key"],
    [() => checkOperatorKeys({ publicKey, fingerprintKey: publicKey }), "fingerprint key"],
  ];
  for (const [work, what] of refusals) {
    expect(work).toThrow(new RegExp(`^This is no ${what}, which begins with \\S+, or it is damaged\\.$`));
  }
});
