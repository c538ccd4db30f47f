import { generate } from "selfsigned";

/** PEM. */
export interface TestCertificate {
  certificate: string;
  key: string;
}

export interface TestCertificateOptions {
  /** Who signs it. @default itself */
  authority?: TestCertificate;
  /** @default an hour ago */
  from?: Date;
  /** @default in a year */
  until?: Date;
}

const hourMs = 3_600_000;
const yearMs = 365 * 24 * hourMs;

/** A certificate that may sign others. */
export async function createTestAuthority(): Promise<TestCertificate> {
  const { cert, private: key } = await generate([{ name: "commonName", value: "Test authority" }], {
    keyType: "ec",
    algorithm: "sha256",
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, critical: true },
    ],
  });
  return { certificate: cert, key };
}

/** A certificate of a server for some host names and, where they are such, addresses. */
export async function createTestCertificate(
  hosts: readonly string[],
  { authority, from, until }: TestCertificateOptions = {},
): Promise<TestCertificate> {
  const altNames = hosts.map((host) =>
    /^[\d.]+$/.test(host) ? ({ type: 7, ip: host } as const) : ({ type: 2, value: host } as const),
  );
  const { cert, private: key } = await generate([{ name: "commonName", value: hosts[0] ?? "nobody" }], {
    keyType: "ec",
    algorithm: "sha256",
    notBeforeDate: from ?? new Date(Date.now() - hourMs),
    notAfterDate: until ?? new Date(Date.now() + yearMs),
    extensions: [
      { name: "keyUsage", digitalSignature: true, critical: true },
      { name: "extKeyUsage", serverAuth: true },
      { name: "subjectAltName", altNames },
    ],
    ...(authority === undefined ? {} : { ca: { cert: authority.certificate, key: authority.key } }),
  });
  return { certificate: cert, key };
}
