import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { isForHost, readCertificate, readPrivateKey } from "./certificate-facts.ts";
import { createTestAuthority, createTestCertificate } from "./testing/test-certificate.ts";

test("of a chain the first certificate counts, with its time and its hosts", async () => {
  const authority = await createTestAuthority();
  const until = new Date("2049-01-02T03:04:05Z");
  const own = await createTestCertificate(["api.example.com", "*.example.org", "127.0.0.1"], {
    authority,
    until,
  });
  expect(readCertificate(`${own.certificate}\n${authority.certificate}`)).toMatchObject({
    publicKey: readPrivateKey(own.key),
    validUntil: "2049-01-02T03:04:05.000Z",
    hosts: ["api.example.com", "*.example.org", "127.0.0.1"],
  });
  expect(readPrivateKey(authority.key)).not.toBe(readPrivateKey(own.key));
});

test("what is no certificate, or holds a damaged one, has no facts", async () => {
  const { certificate, key } = await createTestCertificate(["a.example"]);
  const damaged = certificate.replace(/\n(.{20})/, "\nAAAA$1");
  for (const text of ["", "hello", key, damaged, `${certificate}\n${damaged}`]) {
    expect(readCertificate(text)).toBeUndefined();
  }
});

test("what is no private key, or an encrypted one, is none", async () => {
  const { certificate } = await createTestCertificate(["a.example"]);
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const encrypted = privateKey.export({
    type: "pkcs8",
    format: "pem",
    cipher: "aes-256-cbc",
    passphrase: "x",
  });
  for (const text of ["", certificate, String(encrypted)]) expect(readPrivateKey(text)).toBeUndefined();
  for (const type of ["pkcs8", "sec1"] as const) {
    expect(readPrivateKey(String(privateKey.export({ type, format: "pem" })))).toMatch(/^[\w-]{43}$/);
  }
});

test.each([
  ["api.example.com", true],
  ["API.example.com", false],
  ["x.example.org", true],
  ["x.y.example.org", false],
  ["example.org", false],
  ["*.example.org", true],
  ["*.example.com", false],
  ["*.y.example.org", false],
])("whether a certificate is for %s is %s", (host, isFor) => {
  expect(isForHost({ hosts: ["Api.Example.com", "*.example.org"] }, host)).toBe(isFor);
});
