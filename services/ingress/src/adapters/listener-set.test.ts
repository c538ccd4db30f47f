import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { request as requestPlainly } from "node:http";
import { Agent, request } from "node:https";
import { type AddressInfo, connect as connectPlainly, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type TLSSocket } from "node:tls";
import type { Listener, ListenerCertificate } from "@sluice/resources/snapshot";
import {
  createTestAuthority,
  createTestCertificate,
  type TestCertificate,
} from "@sluice/resources/testing/test-certificate";
import { seal } from "@sluice/sealing/seal";
import { createSealingKey, publicSealingKey } from "@sluice/sealing/sealing-keys";
import { createLogger } from "@sluice/telemetry/logger";
import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { CertificateReader } from "./certificate-reader.ts";
import { ListenerSet } from "./listener-set.ts";

const sealingKey = createSealingKey();

let authority: TestCertificate;
let port: number;
let listeners: ListenerSet;
beforeAll(async () => {
  authority = await createTestAuthority();
});
beforeEach(async () => {
  port = await freePort();
  listeners = listenerSet();
});
afterEach(async () => {
  for (const connections of await listeners.close()) connections.destroy();
});

function listenerSet(environment: Record<string, string> = {}, certificateLookMs?: number): ListenerSet {
  return new ListenerSet({
    host: "127.0.0.1",
    ports: new Map(),
    certificates: new CertificateReader(environment, sealingKey),
    logger: createLogger({ service: "ingress", instance: "test", level: "silent" }),
    handle: async (_request, response, listener) => {
      response.end(String(listener));
    },
    notReadyBecause: () => [],
    ...(certificateLookMs === undefined ? {} : { certificateLookMs }),
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port: free } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return free;
}

async function sealed(secret: string, entry: string, value: string) {
  const name = `Secret ${secret} ${entry}`;
  return { sealed: await seal(publicSealingKey(sealingKey), value, name), name };
}

async function certificateFor(host: string, secret = "cert"): Promise<ListenerCertificate> {
  const { certificate, key } = await createTestCertificate([host, "127.0.0.1"], { authority });
  return {
    hosts: [host],
    secret,
    certificate: await sealed(secret, "tls.crt", certificate),
    key: await sealed(secret, "tls.key", key),
  };
}

function listener(
  certificates: ListenerCertificate[],
  minVersion: "TLSv1.2" | "TLSv1.3" = "TLSv1.2",
): Listener {
  return { port, gateway: "g", tls: { minVersion, certificates } };
}

/** A connection whose handshake is done. */
async function handshake(servername?: string, options: object = {}): Promise<TLSSocket> {
  const socket = connect({
    host: "127.0.0.1",
    port,
    ca: authority.certificate,
    ...(servername === undefined ? {} : { servername }),
    ...options,
  });
  await once(socket, "secureConnect");
  return socket;
}

/** The name in the certificate that is shown to who names a host. */
async function shownTo(servername?: string, options?: object): Promise<string> {
  const socket = await handshake(servername, options);
  const { subject } = socket.getPeerCertificate();
  socket.destroy();
  return String(subject.CN);
}

/** The status of a plain request on a connection of its own. */
async function inClear(): Promise<number | undefined> {
  const outgoing = requestPlainly({ host: "127.0.0.1", port, agent: false }).end();
  const [response] = await once(outgoing, "response");
  response.resume();
  return response.statusCode;
}

async function fingerprint(servername: string): Promise<string> {
  const socket = await handshake(servername);
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  return fingerprint256;
}

test("a port with a certificate is served by HTTPS, with HTTP/1.1 agreed on, and not in clear", async () => {
  await listeners.follow({ listeners: [listener([await certificateFor("api.example.com")])] });
  expect(listeners.notices()).toEqual([]);
  const agent = new Agent({
    servername: "api.example.com",
    ca: authority.certificate,
    ALPNProtocols: ["h2", "http/1.1"],
  });
  const outgoing = request({ host: "127.0.0.1", port, agent }).end();
  const [response] = await once(outgoing, "response");
  expect(await response.setEncoding("utf8").toArray()).toEqual([String(port)]);
  expect(response.socket.alpnProtocol).toBe("http/1.1");
  await expect(inClear()).rejects.toThrow();
});

test("by the host that a client names it is shown the certificate for it", async () => {
  const certificates = [
    await certificateFor("a.example.com"),
    await certificateFor("b.example.com", "second"),
  ];
  await listeners.follow({ listeners: [listener(certificates)] });
  expect(await shownTo("b.example.com")).toBe("b.example.com");
  expect(await shownTo("a.example.com")).toBe("a.example.com");
  expect(await shownTo()).toBe("a.example.com");
});

test("who speaks an older version than the listener's is refused", async () => {
  const certificates = [await certificateFor("a.example.com")];
  await listeners.follow({ listeners: [listener(certificates, "TLSv1.3")] });
  await expect(shownTo("a.example.com", { maxVersion: "TLSv1.2" })).rejects.toThrow();
  expect(await shownTo("a.example.com")).toBe("a.example.com");
});

test("a new certificate is for new connections, and those that are there go on", async () => {
  await listeners.follow({ listeners: [listener([await certificateFor("a.example.com")])] });
  const before = await fingerprint("a.example.com");
  const kept = await handshake("a.example.com");
  await listeners.follow({ listeners: [listener([await certificateFor("a.example.com")])] });
  expect(await fingerprint("a.example.com")).not.toBe(before);
  kept.write("GET / HTTP/1.1\r\nhost: a.example.com\r\n\r\n");
  expect(String((await once(kept, "data"))[0])).toMatch(/^HTTP\/1.1 200/);
  kept.destroy();
});

test("a new certificate that can't be opened leaves the last one, and is told", async () => {
  const good = await certificateFor("a.example.com");
  await listeners.follow({ listeners: [listener([good])] });
  const before = await fingerprint("a.example.com");
  const moved = { ...good, key: { sealed: "sealed:v1:AAAA", name: "Secret cert tls.key" } };
  await listeners.follow({ listeners: [listener([moved])] });
  expect(await fingerprint("a.example.com")).toBe(before);
  expect(listeners.notices()).toEqual([
    `port ${port} of the gateway g can't show a certificate (Secret cert tls.key can't be opened with the ingress's key: apply it again)`,
  ]);
  await listeners.follow({ listeners: [listener([good])] });
  expect(listeners.notices()).toEqual([]);
});

test("without a certificate a port is closed, also one that was open, and never served in clear", async () => {
  const closed = async () => {
    const socket = connectPlainly({ host: "127.0.0.1", port });
    const [error] = await once(socket, "error");
    return (error as NodeJS.ErrnoException).code;
  };
  await listeners.follow({ listeners: [listener([])] });
  const notice = `port ${port} of the gateway g can't be listened on (its certificate is not there)`;
  expect(listeners.notices()).toEqual([notice]);
  expect(await closed().catch((error: NodeJS.ErrnoException) => error.code)).toBe("ECONNREFUSED");
  await listeners.follow({ listeners: [listener([await certificateFor("a.example.com")])] });
  expect(await shownTo("a.example.com")).toBe("a.example.com");
  await listeners.follow({ listeners: [listener([])] });
  expect(listeners.notices()).toEqual([notice]);
  expect(await closed().catch((error: NodeJS.ErrnoException) => error.code)).toBe("ECONNREFUSED");
});

test("a port changes between HTTP and HTTPS", async () => {
  await listeners.follow({ listeners: [{ port, gateway: "g" }] });
  expect(await inClear()).toBe(200);
  await listeners.follow({ listeners: [listener([await certificateFor("a.example.com")])] });
  expect(await shownTo("a.example.com")).toBe("a.example.com");
  await expect(inClear()).rejects.toThrow();
});

test("certificates in files are looked at again, and those of variables are read", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sluice-tls-"));
  const file = join(folder, "tls.crt");
  const write = async () => {
    const { certificate, key } = await createTestCertificate(["a.example.com"], { authority });
    await writeFile(file, `${certificate}\n${key}`);
  };
  await write();
  listeners = listenerSet({}, 20);
  const certificate: ListenerCertificate = {
    hosts: ["*"],
    secret: "cert",
    certificate: { file },
    key: { file },
  };
  await listeners.follow({ listeners: [listener([certificate])] });
  const before = await fingerprint("a.example.com");
  await write();
  await vi.waitFor(async () => expect(await fingerprint("a.example.com")).not.toBe(before), {
    timeout: 5_000,
  });
  await listeners.follow({ listeners: [listener([{ ...certificate, key: { env: "TLS_KEY" } }])] });
  expect(listeners.notices()).toEqual([
    `port ${port} of the gateway g can't show a certificate (the Secret cert needs the variable TLS_KEY of the ingress)`,
  ]);
  await rm(folder, { recursive: true });
});

test("a certificate that expires soon is told of", async () => {
  const until = new Date(Date.now() + 86_400_000);
  const from = new Date(Date.now() - 10 * 86_400_000);
  const { certificate, key } = await createTestCertificate(["a.example.com"], { authority, from, until });
  const soon = {
    hosts: ["*"],
    secret: "cert",
    certificate: await sealed("cert", "tls.crt", certificate),
    key: await sealed("cert", "tls.key", key),
  };
  await listeners.follow({ listeners: [listener([soon])] });
  expect(listeners.notices().map((notice) => notice.replace(/at .*/, "at …"))).toEqual([
    `the certificate of port ${port}, in the Secret cert, expires at …`,
  ]);
});

test("closing ends connections that are still in their handshake", async () => {
  await listeners.follow({ listeners: [listener([await certificateFor("a.example.com")])] });
  const silent = connectPlainly({ host: "127.0.0.1", port });
  await once(silent, "connect");
  const ended = once(silent, "close");
  const open = await listeners.close();
  await vi.waitFor(() => expect(open.map(({ opened }) => opened)).toEqual([1]));
  for (const connections of open) connections.destroy();
  await ended;
});
