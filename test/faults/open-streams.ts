import { setTimeout as sleep } from "node:timers/promises";
import { Agent, request } from "undici";
import { type Mesh, startMesh } from "../support/mesh.ts";
import { chatBody, chatPath, keyHeaders } from "../support/raw-request.ts";
import { residentMiB } from "./fault-mesh.ts";
import type { OpenStreamsRow } from "./fault-table.ts";

const configuration = `
gateway: {requestTimeout: 10m, maxOpenRequests: 20000}
backends:
  openai: {provider: openai}
models:
  - {name: gpt-*, backend: openai}
`;

export interface OpenStreamsOptions {
  streams: number;
  /** How long all of them are open at once. */
  seconds: number;
  /** Streams that are opened in a second. */
  openedPerSecond: number;
}

/** Opens streams of a chunk a second at one ingress and keeps them open. */
export async function runOpenStreams(options: OpenStreamsOptions): Promise<OpenStreamsRow> {
  const mesh = await startMesh({ configuration });
  try {
    return await measure(mesh, options);
  } finally {
    await mesh.stop();
  }
}

async function measure(
  mesh: Mesh,
  { streams, seconds, openedPerSecond }: OpenStreamsOptions,
): Promise<OpenStreamsRow> {
  // The first stream lasts until the last one has been open for as long as it should.
  const chunks = Math.ceil(streams / openedPerSecond) + seconds + 10;
  const agent = new Agent({ connections: streams, pipelining: 1, headersTimeout: 0, bodyTimeout: 0 });
  const before = await memoryByService(mesh);
  const running: Promise<number>[] = [];
  while (running.length < streams) {
    for (let opened = 0; opened < openedPerSecond / 10 && running.length < streams; opened++) {
      running.push(readStream(mesh, agent, chunks));
    }
    await sleep(100);
  }
  await sleep(seconds * 1000);
  const open = await memoryByService(mesh);
  const counts = await Promise.all(running);
  await agent.close();
  const after = await memoryByService(mesh);
  return {
    streams,
    seconds,
    chunks: counts.reduce((sum, count) => sum + count, 0),
    cut: counts.filter((count) => count !== chunks).length,
    memoryMiB: [...before].map(([service, size]) => ({
      service,
      before: size,
      open: open.get(service) ?? 0,
      after: after.get(service) ?? 0,
    })),
  };
}

/** @returns the pieces of text that came, or -1 for a stream that did not end as it should */
async function readStream(mesh: Mesh, dispatcher: Agent, chunks: number): Promise<number> {
  const text = `Hi. [[sim chunks=${chunks} chunk-ms=1000]]`;
  try {
    const { statusCode, body } = await request(mesh.gateway + chatPath("openai", "gpt-4o-mini"), {
      method: "POST",
      headers: { "content-type": "application/json", ...keyHeaders("openai", mesh.apiKey) },
      body: JSON.stringify(chatBody("openai", "gpt-4o-mini", text, true)),
      dispatcher,
    });
    let pieces = 0;
    let last = "";
    for await (const piece of body) {
      last = String(piece);
      pieces += last.match(/"content":"[^"]+"/g)?.length ?? 0;
    }
    return statusCode === 200 && last.trimEnd().endsWith("data: [DONE]") ? pieces : -1;
  } catch {
    return -1;
  }
}

async function memoryByService(mesh: Mesh): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  for (const { service, pid } of (await mesh.reread()).processes) {
    sizes.set(service, (sizes.get(service) ?? 0) + Math.round(await residentMiB(pid)));
  }
  return sizes;
}
