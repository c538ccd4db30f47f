import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { BillRow } from "./control/bill.ts";
import { type Simulator, startSimulator } from "./start-simulator.ts";
import { billRows, control, dataOf, requestsOf, send } from "./testing/call-simulator.ts";

let simulator: Simulator;

beforeAll(async () => {
  simulator = await startSimulator();
});
afterAll(() => simulator.stop());

type Provider = keyof typeof requestsOf;
const providers = Object.keys(requestsOf) as Provider[];

function ask(
  text: string,
  { provider = "openai", stream = false }: { provider?: Provider; stream?: boolean } = {},
) {
  return send(simulator.url, requestsOf[provider](text, stream));
}

/** The row of the call that has just been made. Test files have a simulator of their own, and calls come one by one. */
async function lastRow(): Promise<BillRow | undefined> {
  return (await billRows(simulator.url)).at(-1);
}

/** Reads a body that breaks off; gives what came until then. */
async function readBroken(response: Response): Promise<{ text: string; broke: boolean }> {
  const decoder = new TextDecoder();
  let text = "";
  try {
    for await (const part of response.body ?? []) text += decoder.decode(part, { stream: true });
    return { text, broke: false };
  } catch {
    return { text, broke: true };
  }
}

/** Reads until a text has come so many times, then goes away, and waits for the simulator to notice. */
async function readUntil(provider: Provider, text: string, mark: RegExp, times: number): Promise<string> {
  const controller = new AbortController();
  const response = await send(simulator.url, requestsOf[provider](text, true), controller.signal);
  const decoder = new TextDecoder();
  let read = "";
  for await (const part of response.body ?? []) {
    read += decoder.decode(part, { stream: true });
    if ((read.match(mark)?.length ?? 0) >= times) break;
  }
  controller.abort();
  await expect.poll(() => control(simulator.url, "GET /control/state")).toMatchObject({ openCalls: 0 });
  return read;
}

const textMarks = {
  openai: /"content":"[^"]/g,
  anthropic: /"text_delta"/g,
  gemini: /"candidatesTokenCount"/g,
};

describe.each(providers)("%s", (provider) => {
  test("answers with an error status in its own words, and charges nothing", async () => {
    const response = await ask("[[sim status=429 retry-after=2]]", { provider });
    expect(response.status).toBe(429);
    expect(response.headers.get("retry-after")).toBe("2");
    const bodies = {
      openai: { error: { type: "requests", code: "rate_limit_exceeded" } },
      anthropic: {
        type: "error",
        error: { type: "rate_limit_error" },
        request_id: expect.stringMatching(/^req_/),
      },
      gemini: { error: { code: 429, status: "RESOURCE_EXHAUSTED", details: [{ retryDelay: "2s" }] } },
    };
    expect(await response.json()).toMatchObject(bodies[provider]);
    expect(await lastRow()).toMatchObject({ status: "failed", inputTokens: 0, outputTokens: 0 });
  });

  test.each([500, 503, 529])("answers with %i", async (status) => {
    expect((await ask(`[[sim status=${status}]]`, { provider })).status).toBe(status);
  });

  test("streams as many chunks as it is asked for, and bills them", async () => {
    const stream = await (await ask("[[sim chunks=37]]", { provider, stream: true })).text();
    expect(stream.match(textMarks[provider])?.length).toBeGreaterThanOrEqual(37);
    expect(await lastRow()).toMatchObject({ provider, stream: true, outputTokens: 37, status: "completed" });
  });

  test("cuts the connection after some chunks, and bills those", async () => {
    const { text, broke } = await readBroken(await ask("[[sim cut-after=3]]", { provider, stream: true }));
    expect(broke).toBe(true);
    expect(dataOf(text).filter((data) => JSON.stringify(data).match(textMarks[provider]))).toHaveLength(3);
    expect(await lastRow()).toMatchObject({ outputTokens: 3, status: "failed" });
  });

  test("cuts the connection before any byte, and charges nothing", async () => {
    await expect(ask("[[sim cut-after=0]]", { provider, stream: true })).rejects.toThrow("fetch failed");
    expect(await lastRow()).toMatchObject({ inputTokens: 0, outputTokens: 0, status: "failed" });
  });

  test("stalls after some chunks, and bills those when the client gives up", async () => {
    await readUntil(provider, "[[sim stall-after=4]]", textMarks[provider], 4);
    expect(await lastRow()).toMatchObject({ provider, outputTokens: 4, status: "aborted" });
  });

  test("keeps an idle stream open in its own way", async () => {
    const mark = provider === "anthropic" ? /event: ping/g : /: keep-alive/g;
    const read = await readUntil(provider, "[[sim first-token-ms=3600000 keepalive-ms=5]]", mark, 3);
    expect(read).not.toMatch(textMarks[provider]);
  });

  test("breaks off a plain reply in the middle, behind headers that look right", async () => {
    const response = await ask("[[sim half-json]]", { provider });
    const text = await response.text();
    expect(text).toHaveLength(Number(response.headers.get("content-length")));
    expect(() => JSON.parse(text)).toThrow();
    expect(await lastRow()).toMatchObject({ outputTokens: 20, status: "failed" });
  });

  test("breaks off a stream within an event", async () => {
    const text = await (await ask("[[sim half-json]]", { provider, stream: true })).text();
    expect(text).not.toMatch(/\n\r?\n$/);
    expect(() => dataOf(text)).toThrow();
  });

  test("stalls and cuts a plain reply in the middle", async () => {
    expect((await readBroken(await ask("[[sim cut-after=2]]", { provider }))).broke).toBe(true);
    const controller = new AbortController();
    const stalled = await send(
      simulator.url,
      requestsOf[provider]("[[sim stall-after=2]]"),
      controller.signal,
    );
    expect(stalled.status).toBe(200);
    controller.abort();
    await expect.poll(lastRow).toMatchObject({ status: "aborted", outputTokens: 0 });
  });

  test("reports no usage, and bills all the same", async () => {
    for (const stream of [true, false]) {
      const text = await (await ask("[[sim usage=none]]", { provider, stream })).text();
      expect(text).not.toMatch(/usage/i);
      expect(await lastRow()).toMatchObject({ outputTokens: 20 });
    }
  });

  test("refuses in its own way", async () => {
    const reasons = { openai: "content_filter", anthropic: "refusal", gemini: "SAFETY" };
    for (const stream of [true, false]) {
      const text = await (await ask("[[sim refuse]]", { provider, stream })).text();
      expect(text).toContain(`"${reasons[provider]}"`);
      const prompt = await (await ask("[[sim refuse=prompt]]", { provider, stream })).text();
      expect(prompt).toContain(`"${reasons[provider]}"`);
    }
  });

  test("stops for length", async () => {
    const reasons = { openai: "length", anthropic: "max_tokens", gemini: "MAX_TOKENS" };
    const text = await (await ask("[[sim length]]", { provider })).text();
    expect(text).toContain(`"${reasons[provider]}"`);
    expect(await lastRow()).toMatchObject({ outputTokens: 10, status: "completed" });
  });

  test("puts comments and what is no event into a stream", async () => {
    const commented = await (await ask("[[sim comment]]", { provider, stream: true })).text();
    expect(commented.match(/^: a comment/gm)).toHaveLength(20);
    const invalid = await (await ask("[[sim invalid-sse]]", { provider, stream: true })).text();
    expect(() => dataOf(invalid)).toThrow();
  });

  test("fails within a stream", async () => {
    const text = await (await ask("[[sim error-after=3]]", { provider, stream: true })).text();
    expect(JSON.stringify(dataOf(text).at(-1))).toContain('"error":{');
    expect(await lastRow()).toMatchObject({ outputTokens: 3, status: "failed" });
  });

  test("sends a large plain reply whole", async () => {
    const text = await (await ask("[[sim bytes=3000000]]", { provider })).text();
    expect(JSON.stringify(JSON.parse(text)).length).toBeGreaterThanOrEqual(3_000_000);
    expect(await lastRow()).toMatchObject({ outputTokens: 184, status: "completed" });
  });

  test("says in the stream exactly what it is told, each character a chunk of its own", async () => {
    const said = "mail a@b.co,\n“ça”";
    const text = await (
      await ask(`[[sim split say=${JSON.stringify(said)}]]`, { provider, stream: true })
    ).text();
    const pieces = dataOf(text).flatMap((data) => JSON.stringify(data).match(pieceMarks[provider]) ?? []);
    expect(pieces.map((piece) => JSON.parse(piece.slice(piece.indexOf(":") + 1))).join("")).toBe(said);
    expect(pieces.filter((piece) => piece !== '"text":""')).toHaveLength(Array.from(said).length);
  });

  test("answers no key and a broken body as itself", async () => {
    const request = requestsOf[provider]("Hi");
    const {
      authorization: _a,
      "x-api-key": _b,
      "x-goog-api-key": _c,
      ...rest
    }: Record<string, string> = request.headers;
    const refused = await send(simulator.url, { ...request, headers: rest });
    expect(refused.status).toBe({ openai: 401, anthropic: 401, gemini: 403 }[provider]);
    expect(await refused.json()).toHaveProperty("error.message");
    const broken = await send(simulator.url, { ...request, body: '{"model":' });
    expect(broken.status).toBe(400);
    expect(await broken.json()).toHaveProperty("error.message");
  });
});

const pieceMarks = {
  openai: /"content":"(?:[^"\\]|\\.)+"/g,
  anthropic: /"text":"(?:[^"\\]|\\.)+"/g,
  gemini: /"text":"(?:[^"\\]|\\.)+"/g,
};

async function plainText(text: string): Promise<unknown> {
  const body = (await (await ask(text)).json()) as { choices: [{ message: { content: string } }] };
  return body.choices[0].message.content;
}

test("an echo is the user's text without the directive", async () => {
  expect(await plainText("[[sim echo]] My number is 555-0100,\n  and yours?")).toBe(
    "My number is 555-0100,\n  and yours?",
  );
});

test("a text can be given in base64, so that nothing on the way recognises it", async () => {
  expect(await plainText(`[[sim say64=${Buffer.from("a@b.co").toString("base64url")}]]`)).toBe("a@b.co");
});

test("a burst is written in one piece", async () => {
  const response = await ask("[[sim chunks=16 burst=8 chunk-ms=20]]", { stream: true });
  const parts: number[] = [];
  for await (const part of response.body ?? []) {
    parts.push(Buffer.from(part).toString().match(textMarks.openai)?.length ?? 0);
  }
  expect(parts.filter((chunks) => chunks > 0)).toEqual([8, 8]);
});

test.each(["hang", "latency-ms=3600000"])(
  "a call with %s is open until the client gives up, and billed for its input",
  async (directive) => {
    const controller = new AbortController();
    const call = send(simulator.url, requestsOf.openai(`[[sim ${directive}]]`), controller.signal);
    await expect.poll(() => control(simulator.url, "GET /control/state")).toMatchObject({ openCalls: 1 });
    controller.abort();
    await expect(call).rejects.toThrow();
    await expect.poll(() => control(simulator.url, "GET /control/state")).toMatchObject({ openCalls: 0 });
    const row = await lastRow();
    expect(row).toMatchObject({ status: "aborted", outputTokens: 0 });
    expect(row?.inputTokens).toBeGreaterThan(0);
  },
);

test.each([true, false])("an endless reply ends with its client (streamed: %s)", async (stream) => {
  const controller = new AbortController();
  const response = await send(
    simulator.url,
    requestsOf.openai("[[sim never-ends]]", stream),
    controller.signal,
  );
  const reader = response.body?.getReader();
  await reader?.read();
  await reader?.read();
  controller.abort();
  await expect.poll(lastRow).toMatchObject({ status: "aborted", stream });
  expect((await lastRow())?.outputTokens).toBeGreaterThan(0);
});

test("a directive that does not exist is refused by its name", async () => {
  const response = await ask("[[sim no-such=1]]");
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ error: { message: expect.stringContaining("noSuch") } });
});

test("a tool that is not offered is refused", async () => {
  const request = requestsOf.openai("[[sim tool=absent]]");
  const tools = [{ type: "function", function: { name: "present" } }];
  const response = await send(simulator.url, { ...request, body: { ...request.body, tools } });
  expect(await response.json()).toMatchObject({ error: { message: expect.stringContaining("absent") } });
});
