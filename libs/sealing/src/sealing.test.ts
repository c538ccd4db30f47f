import fc from "fast-check";
import { expect, test } from "vitest";
import { open } from "./open.ts";
import { seal } from "./seal.ts";
import { sealedTextSchema } from "./sealed-text.ts";
import { SealingError } from "./sealing-error.ts";
import { createSealingKey, publicSealingKey } from "./sealing-keys.ts";

/** The recipient of RFC 9180, appendix A.1.1. */
const knownBytes = "4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8";
const knownKey = `sluice-sealing-private:v1:${Buffer.from(knownBytes, "hex").toString("base64url")}`;
const privateKey = createSealingKey();
const publicKey = publicSealingKey(privateKey);
const context = "Secret default/gw-api-key openai-api-key";

async function failureOf(work: Promise<unknown>): Promise<SealingError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof SealingError) return error;
    throw error;
  }
  throw new Error("it did not fail");
}

const cantOpen = expect.stringMatching(/^The sealed text can't be opened: /);

test("any text opens to what it was", async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: "binary" }), fc.string(), async (plaintext, place) => {
      const sealed = await seal(publicKey, plaintext, place);
      expect(sealedTextSchema.safeParse(sealed).success).toBe(true);
      expect(await open(privateKey, sealed, place)).toBe(plaintext);
    }),
    { seed: 9180, numRuns: 50 },
  );
});

test("the same value never gives the same sealed text", async () => {
  const texts = await Promise.all(Array.from({ length: 20 }, () => seal(publicKey, "value", context)));
  expect(new Set(texts).size).toBe(20);
});

test("what another implementation of RFC 9180 has sealed opens, and so does what this release has", async () => {
  // By HPKE of Python's `cryptography` 50.0.2: X25519, HKDF-SHA256, AES-256-GCM, info "sluice sealed:v1 …".
  const foreign = "sealed:v1:PXo5A8sgdBPRs14lK4AaGod3Hqij8HMNqv-uZEE91xZt7G3dnAixUT7hkb_L7lwlarZelp0cxMnpYf4";
  const own = "sealed:v1:-veNskzxSoSEHFUECVLjYsTTnGGDfNOgCh0SKjS2NTKtzuCtNGH6eEKVbMsnTOvW0SycKrBD-KzpUhw";
  expect(await open(knownKey, foreign, "Secret default/one key")).toBe("a value ✓");
  expect(await open(knownKey, own, "Secret default/one key")).toBe("a value ✓");
});

test("another key, another context, any damage: nothing opens, and the error has nothing of it", async () => {
  const plaintext = "sk-live-hunter2";
  const sealed = await seal(publicKey, plaintext, context);
  const bytes = Buffer.from(sealed.slice("sealed:v1:".length), "base64url");
  const damaged = [...bytes.keys()].map((index) => {
    const copy = Buffer.from(bytes);
    copy.writeUInt8(copy.readUInt8(index) ^ 1, index);
    return `sealed:v1:${copy.toString("base64url")}`;
  });
  const failures = await Promise.all([
    failureOf(open(createSealingKey(), sealed, context)),
    failureOf(open(privateKey, sealed, "Secret default/gw-api-key other")),
    failureOf(open(privateKey, `sealed:v1:${bytes.subarray(0, -1).toString("base64url")}`, context)),
    ...damaged.map((text) => failureOf(open(privateKey, text, context))),
  ]);
  expect(new Set(failures.map(({ message }) => message))).toEqual(new Set([cantOpen]));
  expect(failures.join()).not.toContain("hunter2");
});

test.each([
  ["plain", "sk-live-hunter2"],
  ["of another version", "sealed:v2:AAAA"],
  ["too short", "sealed:v1:hunter2"],
  ["no base64url", `sealed:v1:${"hunter2+".repeat(16)}`],
  ["with white space behind it", `sealed:v1:${"hunter2-".repeat(16)}\n`],
])("a text that is %s is no sealed text", async (_, text) => {
  const { message } = await failureOf(open(privateKey, text, context));
  expect(message).toBe("This is no sealed text, which begins with sealed:v1:, or it is damaged.");
});

test("a last character that stands for the same bytes counts as damage", async () => {
  const sealed = await seal(publicKey, "ab", context);
  const bytesOf = (text: string) => Buffer.from(text.slice("sealed:v1:".length), "base64url");
  const twin = sealed.slice(0, -1) + String.fromCharCode(sealed.charCodeAt(sealed.length - 1) + 1);
  expect(bytesOf(twin)).toEqual(bytesOf(sealed));
  await failureOf(open(privateKey, twin, context));
});

test.each([
  ["a private key", privateKey, "This is a private sealing key in place of the public one."],
  [
    "no key",
    "hunter2",
    "This is no public sealing key, which begins with sluice-sealing-public:v1:, or it is damaged.",
  ],
  [
    "a key that no secret can be agreed on with",
    `sluice-sealing-public:v1:${Buffer.alloc(32).toString("base64url")}`,
    "Nothing can be sealed with this public sealing key.",
  ],
])("with %s nothing is sealed", async (_, key, message) => {
  expect((await failureOf(seal(key, "value", context))).message).toBe(message);
});

test("a public key opens nothing", async () => {
  const sealed = await seal(publicKey, "value", context);
  const { message } = await failureOf(open(publicKey, sealed, context));
  expect(message).toMatch(/^This is no private sealing key, /);
});

test("half a character is refused, as it would open to something else", async () => {
  await failureOf(seal(publicKey, "\ud800", context));
});
