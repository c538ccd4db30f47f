import { open } from "@sluice/sealing/open";
import { createFingerprintKey, createSealingKey, publicSealingKey } from "@sluice/sealing/sealing-keys";
import { beforeAll, expect, test } from "vitest";
import { stringify } from "yaml";
import { compileContent } from "./compile-content.ts";
import { formatProblem } from "./configuration-problem.ts";
import { readResources } from "./read-resources.ts";
import type { Resource } from "./resource.ts";
import { sealSecrets } from "./seal-secrets.ts";
import { createTestCertificate, type TestCertificate } from "./testing/test-certificate.ts";

const routerKey = createSealingKey();
const ingressKey = createSealingKey();
const keys = {
  publicKey: publicSealingKey(routerKey),
  ingressPublicKey: publicSealingKey(ingressKey),
  fingerprintKey: createFingerprintKey(),
};

let pair: TestCertificate;
let other: TestCertificate;
beforeAll(async () => {
  pair = await createTestCertificate(["api.example.com"]);
  other = await createTestCertificate(["other.example.com"]);
});

const service = {
  kind: "ExternalService",
  metadata: { name: "svc" },
  spec: { hosts: ["svc.example"], ports: [{ number: 80, protocol: "HTTP" }] },
};
const table = {
  kind: "RouteTable",
  metadata: { name: "t" },
  spec: { routes: [{ name: "r", destination: { externalService: { name: "svc" } } }] },
};

function gateway(name: string, ...listeners: object[]) {
  const routes = [{ routeTable: { name: "t" } }];
  return {
    kind: "VirtualGateway",
    metadata: { name },
    spec: { listeners: listeners.map((listener) => ({ port: 8443, routes, ...listener })) },
  };
}

function secret(name: string, stringData: Record<string, string>, rest: object = {}) {
  return { kind: "Secret", metadata: { name }, spec: { ...rest, stringData } };
}

const tls = { secret: { name: "cert" } };
const certificateOf = ({ certificate, key }: TestCertificate) => ({ "tls.crt": certificate, "tls.key": key });

function read(resources: readonly object[]): Resource[] {
  const text = resources
    .map((resource) => stringify({ apiVersion: "sluice.dev/v1", ...resource }))
    .join("---\n");
  const { resources: found, problems } = readResources([{ text, name: "r.yaml" }]);
  expect(problems.map(formatProblem)).toEqual([]);
  return found;
}

/** What becomes of resources that are applied in some steps, one after the other. */
async function applied(...steps: object[][]) {
  const all = new Map<string, Resource>();
  const problems: string[] = [];
  for (const step of steps) {
    const resources = read(step);
    const among = [...all.values(), ...resources];
    const sealed = await sealSecrets(resources, { keys, before: () => undefined, among });
    for (const resource of sealed.resources) all.set(`${resource.kind} ${resource.metadata.name}`, resource);
    problems.push(...sealed.problems.map(({ message }) => message));
  }
  const compiled = compileContent(undefined, [...all.values()]);
  return {
    content: compiled.content,
    warnings: compiled.warnings.map(({ message }) => message),
    problems: [...problems, ...compiled.problems.map(({ message }) => message)],
    secret: (name: string) => all.get(`Secret ${name}`) as Resource<"Secret">,
  };
}

test("a listener's certificate and key are sealed for the ingress, and for nobody else", async () => {
  const {
    content,
    warnings,
    problems,
    secret: find,
  } = await applied([
    service,
    table,
    gateway("g", { hosts: ["api.example.com"], tls }),
    secret("cert", { ...certificateOf(pair), other: "value" }),
  ]);
  expect([warnings, problems]).toEqual([[], []]);
  const [listener] = content.listeners;
  expect(listener).toMatchObject({
    port: 8443,
    gateway: "g",
    tls: { minVersion: "TLSv1.2", certificates: [{ hosts: ["api.example.com"], secret: "cert" }] },
  });
  const key = listener?.tls?.certificates[0]?.key;
  const sealed = key !== undefined && "sealed" in key ? key.sealed : "";
  expect(await open(ingressKey, sealed, "Secret cert tls.key")).toBe(pair.key);
  await expect(open(routerKey, sealed, "Secret cert tls.key")).rejects.toThrow();
  const { "tls.key": own, other: value } = find("cert").spec.sealed ?? {};
  expect(own?.text).toBeUndefined();
  expect(value?.ingress).toBeUndefined();
  expect(await open(routerKey, value?.text ?? "", "Secret cert other")).toBe("value");
});

test("an entry that both need is sealed for both", async () => {
  const backend = {
    kind: "AIBackend",
    metadata: { name: "b" },
    spec: { provider: "openai", credentials: { secret: { name: "cert", entry: "tls.key" } } },
  };
  const { secret: find } = await applied([
    backend,
    gateway("g", { tls }),
    secret("cert", certificateOf(pair)),
  ]);
  const { "tls.key": key } = find("cert").spec.sealed ?? {};
  expect(await open(ingressKey, key?.ingress?.text ?? "", "Secret cert tls.key")).toBe(pair.key);
  expect(await open(routerKey, key?.text ?? "", "Secret cert tls.key")).toBe(pair.key);
});

test("the same value applied again is the same text, and another one for another key of the ingress", async () => {
  const resources = read([gateway("g", { tls }), secret("cert", certificateOf(pair))]);
  const before = await sealSecrets(resources, { keys, before: () => undefined });
  const secretOf = ({ resources: all }: typeof before) =>
    all.find(({ kind }) => kind === "Secret") as Resource<"Secret">;
  const options = { before: () => secretOf(before) };
  expect(secretOf(await sealSecrets(resources, { keys, ...options })).spec).toEqual(secretOf(before).spec);
  const otherKeys = { ...keys, ingressPublicKey: publicSealingKey(createSealingKey()) };
  const changed = secretOf(await sealSecrets(resources, { keys: otherKeys, ...options }));
  expect(changed.spec.sealed?.["tls.key"]?.ingress?.text).not.toBe(
    secretOf(before).spec.sealed?.["tls.key"]?.ingress?.text,
  );
});

test("without a key of the ingress nothing is sealed for it, which is a problem", async () => {
  const { ingressPublicKey: _none, ...old } = keys;
  const resources = read([gateway("g", { tls }), secret("cert", certificateOf(pair))]);
  const { problems } = await sealSecrets(resources, { keys: old, before: () => undefined });
  expect(problems.map(({ message }) => message)).toEqual([
    "Secret cert: there is no key to seal the entry tls.crt for the ingress with: set SLUICE_SEALING_INGRESS_PUBLIC_KEY",
    "Secret cert: there is no key to seal the entry tls.key for the ingress with: set SLUICE_SEALING_INGRESS_PUBLIC_KEY",
  ]);
});

test("where there is none, a certificate that no listener refers to is sealed for the router, as it has always been", async () => {
  const { ingressPublicKey: _none, ...old } = keys;
  const resources = read([secret("cert", certificateOf(pair), { type: "kubernetes.io/tls" })]);
  const { problems, resources: sealed } = await sealSecrets(resources, {
    keys: old,
    before: () => undefined,
  });
  expect(problems).toEqual([]);
  const { "tls.key": key } = (sealed[0] as Resource<"Secret">).spec.sealed ?? {};
  expect(await open(routerKey, key?.text ?? "", "Secret cert tls.key")).toBe(pair.key);
});

test("a Secret of the type for certificates may be applied before its listener, another one has to be applied again", async () => {
  const typed = secret("cert", certificateOf(pair), { type: "kubernetes.io/tls" });
  const rest = [service, table, gateway("g", { tls })];
  expect((await applied([typed], rest)).warnings).toEqual([]);
  const { warnings, content } = await applied([secret("cert", certificateOf(pair))], rest);
  const reason =
    "the entry tls.crt of the Secret cert was not sealed for the ingress: apply the Secret again";
  expect(warnings).toEqual([`VirtualGateway g: ${reason}`]);
  expect(content.listeners[0]?.tls?.certificates).toEqual([]);
  expect(content.routes[0]?.unavailable).toBe(reason);
});

test("without its Secret a port is there without a certificate, and its routes are closed", async () => {
  const { warnings, content } = await applied([service, table, gateway("g", { tls })]);
  expect(warnings).toEqual(["VirtualGateway g: there is no Secret cert"]);
  expect(content.listeners).toEqual([
    { port: 8443, gateway: "g", tls: { minVersion: "TLSv1.2", certificates: [] } },
  ]);
  expect(content.routes[0]?.unavailable).toBe("there is no Secret cert");
});

test("a certificate may stand in a file or a variable of the ingress", async () => {
  const elsewhere = {
    kind: "Secret",
    metadata: { name: "cert" },
    spec: { files: { "tls.crt": "/run/tls.crt" }, env: { "tls.key": "TLS_KEY" } },
  };
  const { warnings, problems, content } = await applied([service, table, gateway("g", { tls }), elsewhere]);
  expect([warnings, problems]).toEqual([[], []]);
  expect(content.listeners[0]?.tls?.certificates).toEqual([
    { hosts: ["*"], secret: "cert", certificate: { file: "/run/tls.crt" }, key: { env: "TLS_KEY" } },
  ]);
});

test("other entries can be named, one for both among them", async () => {
  const both = { secret: { name: "cert", certificate: "pem", key: "pem" }, minVersion: 1.3 };
  const { warnings, problems, content } = await applied([
    service,
    table,
    gateway("g", { protocol: "HTTPS", tls: both }),
    secret("cert", { pem: `${pair.certificate}\n${pair.key}` }),
  ]);
  expect([warnings, problems]).toEqual([[], []]);
  expect(content.listeners[0]?.tls?.minVersion).toBe("TLSv1.3");
});

test.each<[string, () => Record<string, string>, string]>([
  [
    "text for a certificate",
    () => ({ "tls.crt": "hello", "tls.key": pair.key }),
    "the entry tls.crt of the Secret cert holds no certificate in PEM",
  ],
  [
    "text for a key",
    () => ({ "tls.crt": pair.certificate, "tls.key": "hello" }),
    "the entry tls.key of the Secret cert holds no private key in PEM, or an encrypted one",
  ],
  [
    "the key of another certificate",
    () => ({ "tls.crt": pair.certificate, "tls.key": other.key }),
    "the key in the entry tls.key of the Secret cert is not that of the certificate in tls.crt",
  ],
])("%s can't be taken", async (_what, values, message) => {
  const { problems } = await applied([service, table, gateway("g", { tls }), secret("cert", values())]);
  expect(problems).toEqual([`VirtualGateway g: ${message}`]);
});

test("a certificate that is not valid now, or not for the listener's hosts, is warned of", async () => {
  const from = new Date("2020-01-01T00:00:00Z");
  const expired = await createTestCertificate(["api.example.com"], {
    from,
    until: new Date("2021-01-01T00:00:00Z"),
  });
  const early = await createTestCertificate(["api.example.com"], {
    from: new Date("2098-01-01T00:00:00Z"),
    until: new Date("2099-01-01T00:00:00Z"),
  });
  const warningsOf = async (certificate: TestCertificate, hosts: string[]) =>
    (
      await applied([
        service,
        table,
        gateway("g", { hosts, tls }),
        secret("cert", certificateOf(certificate)),
      ])
    ).warnings;
  expect(await warningsOf(expired, ["api.example.com"])).toEqual([
    "VirtualGateway g: the certificate in the Secret cert expired at 2021-01-01T00:00:00.000Z",
  ]);
  expect(await warningsOf(early, ["*"])).toEqual([
    "VirtualGateway g: the certificate in the Secret cert is valid from 2098-01-01T00:00:00.000Z on",
  ]);
  expect(await warningsOf(pair, ["api.example.com", "www.example.com"])).toEqual([
    "VirtualGateway g: the certificate in the Secret cert is not for the host www.example.com; it is for api.example.com",
  ]);
});

test("gateways share a port with certificates of their own, where their hosts are different", async () => {
  const second = { ...tls, secret: { name: "second" } };
  const { content, problems } = await applied([
    service,
    table,
    gateway("g", { hosts: ["api.example.com"], tls }),
    gateway("h", { hosts: ["other.example.com"], tls: second }),
    secret("cert", certificateOf(pair)),
    secret("second", certificateOf(other)),
  ]);
  expect(problems).toEqual([]);
  expect(content.listeners).toMatchObject([
    { port: 8443, gateway: "g, h", tls: { certificates: [{ secret: "cert" }, { secret: "second" }] } },
  ]);
});

test("where one of them has no certificate its routes are closed, and the others are served", async () => {
  const second = { ...tls, secret: { name: "second" } };
  const { content } = await applied([
    service,
    table,
    gateway("g", { hosts: ["api.example.com"], tls }),
    gateway("h", { hosts: ["other.example.com"], tls: second }),
    secret("cert", certificateOf(pair)),
  ]);
  expect(content.routes.map(({ hosts, unavailable }) => [hosts, unavailable])).toEqual([
    [["api.example.com"], undefined],
    [["other.example.com"], "there is no Secret second"],
  ]);
});

test.each<[string, object[], string]>([
  [
    "the same host of two gateways",
    [gateway("g", { hosts: ["a.example"], tls }), gateway("h", { hosts: ["a.example"], tls })],
    "VirtualGateway h: the gateway g listens on port 8443 already for the host a.example",
  ],
  [
    "a port with TLS and without",
    [gateway("g", { hosts: ["a.example"], tls }, { hosts: ["b.example"] })],
    "VirtualGateway g: port 8443 is to be served with tls and without it; it can be one of them",
  ],
  [
    "two versions on a port",
    [
      gateway(
        "g",
        { hosts: ["a.example"], tls },
        { hosts: ["b.example"], tls: { ...tls, minVersion: "1.3" } },
      ),
    ],
    "VirtualGateway g: port 8443 has two values of tls.minVersion, 1.2 and 1.3; it can have one",
  ],
  [
    "two certificates for a host",
    [gateway("g", { hosts: ["a.example"], tls }, { hosts: ["a.example"], tls: { secret: { name: "x" } } })],
    "VirtualGateway g: port 8443 has two certificates for the host a.example",
  ],
])("%s can't be taken", async (_what, gateways, message) => {
  const { problems } = await applied([service, table, ...gateways]);
  expect(problems).toEqual([message]);
});

test.each<[string, object, string]>([
  [
    "HTTPS without a certificate",
    { protocol: "HTTPS" },
    "HTTPS needs tls: { secret: { name: … } } with a certificate",
  ],
  ["HTTP with one", { protocol: "HTTP", tls }, "HTTP has no certificate: leave tls out, or say HTTPS"],
  ["an old version", { tls: { ...tls, minVersion: "1.1" } }, "must be 1.2 or 1.3"],
])("%s is refused", (_what, listener, message) => {
  const text = stringify({ apiVersion: "sluice.dev/v1", ...gateway("g", listener) });
  const { problems } = readResources([{ text, name: "r.yaml" }]);
  expect(problems.map((problem) => problem.message)).toEqual([message]);
});
