import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { connect } from "node:tls";
import {
  createTestAuthority,
  createTestCertificate,
  type TestCertificate,
} from "@sluice/resources/testing/test-certificate";
import OpenAI from "openai";
import { Agent, fetch as fetchWith, type RequestInit } from "undici";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { stringify } from "yaml";
import { type Mesh, startMesh } from "./support/mesh.ts";
import { runSluice } from "./support/run-sluice.ts";

const gateway = (port: number) => `
apiVersion: sluice.dev/v1
kind: VirtualGateway
metadata: { name: public }
spec:
  listeners:
    - port: ${port}
      hosts: [localhost]
      tls: { secret: { name: certificate } }
      routes: [{ routeTable: { name: models } }]
---
apiVersion: sluice.dev/v1
kind: RouteTable
metadata: { name: models }
spec:
  authentication: optional
  routes:
    - name: chat
      match: [{ path: { exact: /v1/chat/completions } }]
      destination: { aiBackend: { name: model } }
---
apiVersion: sluice.dev/v1
kind: AIBackend
metadata: { name: model }
spec: { provider: openai, model: gpt-4o-mini }
`;

let mesh: Mesh;
let authority: TestCertificate;
let port: number;
beforeAll(async () => {
  authority = await createTestAuthority();
  port = await freePort();
  mesh = await startMesh({ replicas: "ingress=2" });
});
afterAll(async () => {
  await mesh?.stop();
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port: free } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return free;
}

async function apply(name: string, text: string): Promise<string> {
  const file = join(mesh.dataDir, name);
  await writeFile(file, text);
  const { code, error } = await runSluice(mesh, "apply", "-f", file);
  expect([code, error]).toEqual([0, expect.stringContaining("as revision")]);
  return error;
}

/** A new certificate for localhost. @returns what apply said */
async function applyCertificate(): Promise<string> {
  const { certificate, key } = await createTestCertificate(["localhost"], { authority });
  const secret = {
    apiVersion: "sluice.dev/v1",
    kind: "Secret",
    metadata: { name: "certificate" },
    spec: { stringData: { "tls.crt": certificate, "tls.key": key } },
  };
  return await apply("certificate.yaml", stringify(secret));
}

/** The certificate that a new connection is shown; undefined where there is none to be had. */
async function shown(): Promise<string | undefined> {
  const socket = connect({ host: "127.0.0.1", port, servername: "localhost", ca: authority.certificate });
  try {
    await once(socket, "secureConnect");
    return socket.getPeerCertificate().fingerprint256;
  } catch {
    return undefined;
  } finally {
    socket.destroy();
  }
}

/** The SDK on connections of its own. */
function client(): { openai: OpenAI; close: () => Promise<void> } {
  const dispatcher = new Agent({ connect: { ca: authority.certificate } });
  const openai = new OpenAI({
    apiKey: "none",
    baseURL: `https://localhost:${port}/v1`,
    maxRetries: 0,
    fetch: (url, init) =>
      fetchWith(String(url), {
        ...(init as unknown as RequestInit),
        dispatcher,
      }) as unknown as Promise<Response>,
  });
  return { openai, close: () => dispatcher.close() };
}

async function chat(openai: OpenAI): Promise<string | null | undefined> {
  const messages = [{ role: "user" as const, content: "[[sim echo]] over TLS" }];
  const { choices } = await openai.chat.completions.create({ model: "any", messages });
  return choices[0]?.message.content;
}

test("without its Secret the port is closed, and apply, the routes and explain say so", async () => {
  expect(await apply("gateway.yaml", gateway(port))).toMatch(
    /^warning: .*gateway.yaml:9:\d+: VirtualGateway public: there is no Secret certificate$/m,
  );
  const routes = await runSluice(mesh, "get", "routes");
  expect(routes.out).toMatch(/models\/chat .* closed \(503\): there is no Secret certificate/);
  const explained = await runSluice(mesh, "explain", "--listener", String(port));
  expect(explained.out).toContain(
    `connection refused: the certificate of port ${port} of the gateway public is not there`,
  );
  await vi.waitFor(
    async () => expect((await runSluice(mesh, "status")).out).toContain("its certificate is not there"),
    { timeout: 15_000 },
  );
  await expect(fetch(`http://127.0.0.1:${port}/v1/chat/completions`)).rejects.toThrow();
});

test("with it the OpenAI SDK speaks to the port over HTTPS, and nobody in clear", async () => {
  expect(await applyCertificate()).not.toContain("warning");
  await vi.waitFor(async () => expect(await shown()).toBeDefined(), { timeout: 15_000 });
  const { openai, close } = client();
  expect(await chat(openai)).toBe("over TLS");
  const messages = [{ role: "user" as const, content: "Count to ten" }];
  const pieces: unknown[] = [];
  for await (const piece of await openai.chat.completions.create({ model: "any", messages, stream: true })) {
    pieces.push(piece);
  }
  expect(pieces.length).toBeGreaterThan(2);
  await close();
  await expect(fetch(`http://127.0.0.1:${port}/v1/chat/completions`)).rejects.toThrow();
});

test("a new certificate is taken live while requests are under way, and none of them is lost", async () => {
  const before = await shown();
  const kept = client();
  let isChanged = false;
  let answered = 0;
  const onKeptConnections = async (): Promise<void> => {
    while (!isChanged) {
      expect(await chat(kept.openai)).toBe("over TLS");
      answered++;
    }
  };
  const onNewConnections = async (): Promise<void> => {
    while (!isChanged) {
      const { openai, close } = client();
      expect(await chat(openai)).toBe("over TLS");
      await close();
      answered++;
    }
  };
  const work = [onKeptConnections(), onNewConnections()];
  await applyCertificate();
  // Both ingresses show it: several connections in a row.
  const isShownByAll = async (): Promise<void> => {
    for (let index = 0; index < 8; index++) expect(await shown()).not.toBe(before);
  };
  await vi.waitFor(isShownByAll, { timeout: 15_000 }).finally(() => {
    isChanged = true;
  });
  await Promise.all(work);
  await kept.close();
  expect(answered).toBeGreaterThan(2);
});

test("when its Secret is taken away the port is closed again", async () => {
  const { error } = await runSluice(mesh, "delete", "secret", "certificate");
  expect(error).toContain("VirtualGateway public: there is no Secret certificate");
  await vi.waitFor(async () => expect(await shown()).toBeUndefined(), { timeout: 15_000 });
  await expect(fetch(`http://127.0.0.1:${port}/v1/chat/completions`)).rejects.toThrow();
});
