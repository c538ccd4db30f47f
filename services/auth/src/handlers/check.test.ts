import { randomUUID } from "node:crypto";
import { consumeEvents } from "@sluice/bus/event-consumer";
import { openKeyValue } from "@sluice/bus/key-value";
import { listServices } from "@sluice/bus/list-services";
import { type FeedbackEvent, feedbackEventBatchSchema } from "@sluice/contracts/feedback-event";
import { buckets, eventSubjects } from "@sluice/contracts/subjects";
import { createVirtualKeySecret } from "@sluice/resources/virtual-key";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AuthBench, startAuthBench, startAuthOn } from "../testing/auth-bench.ts";

const configuration = `
backends:
  openai: { provider: openai }
  house: { provider: openai }
models:
  - { name: gpt-*, backend: openai, listed: [gpt-5, gpt-5-mini] }
  - { name: house-small, backend: house, guardPolicies: [] }
  - { name: house-secret, backend: house }
defaults: { guardPolicies: [usual] }
guardPolicies:
  usual: { prompt: [{ detector: email, action: mask }] }
`;

let bench: AuthBench;
beforeAll(async () => {
  bench = await startAuthBench();
  await bench.applyConfiguration(configuration);
  await bench.startReplica();
  await bench.startReplica();
});
afterAll(() => bench.stop());

/** Sends requests until each replica had more than one, and gives what became of them, each kind once. */
async function fates(credential: string): Promise<string[]> {
  const outcomes = await Promise.all(Array.from({ length: 24 }, () => bench.send({ credential })));
  return [...new Set(outcomes.map(({ error, passedTo }) => error?.code ?? passedTo?.service ?? "answered"))];
}

const arrives = { timeout: 15_000 };

/** Waits until every replica knows a key. */
async function known(secret: string): Promise<string> {
  await expect.poll(() => fates(secret), arrives).toEqual(["guard"]);
  return secret;
}

async function newKey(facts: Parameters<AuthBench["keys"]["create"]>[0] = { name: "test" }) {
  const issued = await bench.keys.create(facts);
  // One more key, made later: when the replicas know that one, they know this one too.
  await known((await bench.keys.create({ name: "marker" })).secret);
  return issued;
}

describe("a request with a valid key", () => {
  test("is passed on with the identity of the key, without the key, and with its body untouched", async () => {
    const { key, secret } = await newKey({
      name: "search",
      user: "ada",
      team: "search",
      application: "web",
      department: "r-and-d",
      tags: ["batch", "eu"],
    });
    const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";
    const { passedTo } = await bench.send({ credential: secret, traceparent, headers: { "x-a": "b" } });
    expect(passedTo?.envelope).toMatchObject({
      identity: {
        keyId: key.id,
        user: "ada",
        team: "search",
        application: "web",
        department: "r-and-d",
        tags: ["batch", "eu"],
      },
      model: "gpt-5",
      traceparent,
      headers: { "x-a": "b" },
    });
    expect(passedTo?.envelope.credential).toBeUndefined();
    expect(JSON.stringify(passedTo)).not.toContain(secret);
    expect(passedTo?.body).toBe('{"a": 1.0}');
  });

  test("goes to the guard when a policy applies, else straight to the router", async () => {
    const { secret } = await newKey();
    const guarded = await bench.send({ credential: secret, model: "gpt-5" });
    const unguarded = await bench.send({ credential: secret, model: "house-small" });
    expect([guarded.passedTo?.service, unguarded.passedTo?.service]).toEqual(["guard", "router"]);
  });

  test("is judged by the revision that it began with", async () => {
    const { secret } = await newKey();
    const revision = await bench.applyConfiguration(configuration.replace("house-small", "house-large"));
    const before = await bench.send({ credential: secret, model: "house-small", revision: 1 });
    const after = await bench.send({ credential: secret, model: "house-small", revision });
    expect([before.passedTo?.service, after.error?.code]).toEqual(["router", "model_not_found"]);
  });
});

describe("a request is refused", () => {
  test.each([
    ["openai", 'No API key was sent. Send it as "authorization: Bearer KEY".'],
    ["anthropic", 'No API key was sent. Send it as "x-api-key: KEY".'],
    ["gemini", 'No API key was sent. Send it as "x-goog-api-key: KEY".'],
  ] as const)("without a key: missing_credential, with the header of %s", async (dialect, message) => {
    const { error } = await bench.send({ dialect });
    expect(error).toMatchObject({ code: "missing_credential", status: 401, message });
    expect((await bench.send({ dialect, credential: "" })).error?.code).toBe("missing_credential");
  });

  test("with an unknown key and with a revoked one: invalid_credential, in the same words", async () => {
    const { key, secret } = await newKey();
    await bench.keys.revoke(key.id);
    await expect.poll(() => fates(secret), arrives).toEqual(["invalid_credential"]);
    const revoked = await bench.send({ credential: secret });
    const unknown = await bench.send({ credential: createVirtualKeySecret() });
    const malformed = await bench.send({ credential: "sk-live-of-another-product" });
    expect(unknown.error).toMatchObject({
      code: "invalid_credential",
      status: 401,
      message: "The API key is not valid.",
    });
    expect(revoked.error?.toReport()).toEqual(unknown.error?.toReport());
    expect(malformed.error?.toReport()).toEqual(unknown.error?.toReport());
  });

  test("with a key past its time: expired_credential", async () => {
    const { secret } = await newKey({ name: "old", expiresAtMs: Date.now() - 1 });
    expect((await bench.send({ credential: secret })).error).toMatchObject({
      code: "expired_credential",
      status: 401,
      message: "The API key has expired.",
    });
  });

  test("for a model outside the key's reach: model_not_allowed, whether the model exists or not", async () => {
    const { secret } = await newKey({ name: "narrow", allowedModels: ["gpt-*", "house-small"] });
    const existing = await bench.send({ credential: secret, model: "house-secret" });
    const missing = await bench.send({ credential: secret, model: "house-nothing" });
    expect(existing.error).toMatchObject({
      code: "model_not_allowed",
      status: 403,
      parameter: "model",
      message: 'This API key may not use the model "house-secret", only: gpt-*, house-small.',
    });
    expect(missing.error?.message).toBe(existing.error?.message.replace("house-secret", "house-nothing"));
  });

  test.each([
    ["gtp-5", 'There is no model "gtp-5". Did you mean "gpt-5"?'],
    ["zebra", 'There is no model "zebra". The list of models shows what there is.'],
    ["z".repeat(500), `There is no model "${"z".repeat(100)}…". The list of models shows what there is.`],
  ])("for the model %s that there is not: model_not_found", async (model, message) => {
    const { secret } = await newKey();
    expect((await bench.send({ credential: secret, model })).error).toMatchObject({
      code: "model_not_found",
      status: 404,
      parameter: "model",
      message,
    });
  });

  test("with a suggestion only of models that the key may use", async () => {
    const { secret } = await newKey({ name: "narrow", allowedModels: ["hous*"] });
    await bench.applyConfiguration(configuration);
    const { error } = await bench.send({ credential: secret, model: "house-smal" });
    expect(error?.message).toContain('Did you mean "house-small"?');
    const narrow = await newKey({ name: "narrower", allowedModels: ["house-secre*"] });
    const other = await bench.send({ credential: narrow.secret, model: "house-secrem" });
    expect(other.error?.message).toBe('There is no model "house-secrem". Did you mean "house-secret"?');
  });
});

describe("feedback", () => {
  test("is in the event stream with whose it is when it is answered, once for each request", async () => {
    const { key, secret } = await newKey({ name: "critic", team: "search" });
    const feedback = { requestId: "019ec000-0000-7000-8000-000000000001", score: 0.5, comment: "So so." };
    const facts = { operation: "feedback", model: "", credential: secret, feedback } as const;
    const recorded: FeedbackEvent[] = [];
    const events = await consumeEvents(await bench.testBus.connect("ledger"), {
      maxBatch: 100,
      handler: async (batch) => {
        for (const { subject, data } of batch) {
          if (subject !== eventSubjects.feedback) continue;
          recorded.push(...feedbackEventBatchSchema.parse(JSON.parse(Buffer.from(data).toString())).events);
        }
      },
    });
    try {
      const { head, body } = await bench.send(facts);
      expect(head).toEqual({ status: 202, headers: { "content-type": "application/json" } });
      expect(body).toEqual({ object: "feedback", request_id: feedback.requestId, score: 0.5 });
      const requestId = randomUUID();
      await bench.send({ ...facts, requestId });
      await bench.send({ ...facts, requestId });
      await expect.poll(() => recorded.length, arrives).toBe(2);
      expect(recorded[0]).toMatchObject({ ...feedback, identity: { keyId: key.id, team: "search" } });
    } finally {
      await events.stop();
    }
  });

  test("needs a key", async () => {
    const feedback = { requestId: "019ec000-0000-7000-8000-000000000001", score: 1 };
    const { error } = await bench.send({ operation: "feedback", model: "", feedback });
    expect(error?.code).toBe("missing_credential");
  });
});

describe("the list of models", () => {
  test("has what the configuration lists and the key may use, in the dialect", async () => {
    const { secret } = await newKey({ name: "narrow", allowedModels: ["gpt-*", "gpt-5-2026"] });
    const facts = { credential: secret, operation: "models", model: "" } as const;
    const openai = await bench.send({ ...facts, dialect: "openai" });
    expect(openai.head).toEqual({ status: 200, headers: { "content-type": "application/json" } });
    expect(openai.body).toMatchObject({
      object: "list",
      data: [{ id: "gpt-5" }, { id: "gpt-5-mini" }, { id: "gpt-5-2026" }],
    });
    const anthropic = await bench.send({ ...facts, dialect: "anthropic" });
    expect(anthropic.body).toMatchObject({ first_id: "gpt-5", last_id: "gpt-5-2026", has_more: false });
    const gemini = await bench.send({ ...facts, dialect: "gemini" });
    expect(gemini.body).toMatchObject({ models: [{ name: "models/gpt-5" }, {}, {}] });
  });

  test("gives one model by its name, and refuses one out of reach", async () => {
    const { secret } = await newKey({ name: "narrow", allowedModels: ["gpt-*"] });
    const facts = { credential: secret, operation: "models" } as const;
    expect((await bench.send({ ...facts, model: "gpt-5-mini" })).body).toMatchObject({ id: "gpt-5-mini" });
    expect((await bench.send({ ...facts, model: "house-small" })).error?.code).toBe("model_not_allowed");
  });

  test("needs a key too", async () => {
    const { error } = await bench.send({ operation: "models", model: "" });
    expect(error?.code).toBe("missing_credential");
  });
});

describe("a change of a key holds on every replica", () => {
  test("when it is revoked", async () => {
    const { key, secret } = await bench.keys.create({ name: "test" });
    await known(secret);
    await bench.keys.revoke(key.id);
    await expect.poll(() => fates(secret), arrives).toEqual(["invalid_credential"]);
  });

  test("when it is rotated, with grace for the secret before", async () => {
    const { key, secret } = await bench.keys.create({ name: "test" });
    await known(secret);
    const graceful = await bench.keys.rotate(key.id, { graceMs: 600_000 });
    await known(graceful.secret);
    expect(await fates(secret)).toEqual(["guard"]);
    const sudden = await bench.keys.rotate(key.id);
    await known(sudden.secret);
    expect(await fates(secret)).toEqual(["invalid_credential"]);
    expect(await fates(graceful.secret)).toEqual(["invalid_credential"]);
  });

  test("when its record is damaged: it opens nothing any more", async () => {
    const { key, secret } = await bench.keys.create({ name: "test" });
    await known(secret);
    const bucket = await openKeyValue(bench.operator, buckets.virtualKeys);
    await bucket.put(key.id, Buffer.from("{"));
    await expect.poll(() => fates(secret), arrives).toEqual(["invalid_credential"]);
  });

  test("when its record was written under another key's id", async () => {
    const [one, other] = [
      await bench.keys.create({ name: "one" }),
      await bench.keys.create({ name: "other" }),
    ];
    await known(other.secret);
    const bucket = await openKeyValue(bench.operator, buckets.virtualKeys);
    await bucket.put(one.key.id, Buffer.from(JSON.stringify(other.key)));
    await expect.poll(() => fates(one.secret), arrives).toEqual(["invalid_credential"]);
    expect(await fates(other.secret)).toEqual(["guard"]);
  });
});

test("a replica that has no configuration yet is not in the queue group, and gives up when it is stopped", async () => {
  const empty = await startAuthBench();
  try {
    const stopping = new AbortController();
    const starting = startAuthOn(await empty.testBus.connect("auth"), { signal: stopping.signal });
    const replica = empty.startReplica();
    const names = async (): Promise<string[]> =>
      (await listServices(empty.testBus.credentials("operator"))).map(({ name }) => name);
    expect(await names()).not.toContain("sluice-auth");
    stopping.abort(new Error("stopped"));
    await expect(starting).rejects.toThrow("stopped");
    await empty.applyConfiguration(configuration);
    await replica;
    expect((await names()).filter((name) => name === "sluice-auth")).toHaveLength(1);
  } finally {
    await empty.stop();
  }
});

test("after a restart of the bus, keys made and revoked since hold", async () => {
  const gone = await bench.keys.create({ name: "gone" });
  await known(gone.secret);
  await bench.testBus.restartServer();
  await expect.poll(() => bench.operator.connected, arrives).toBe(true);
  await bench.keys.revoke(gone.key.id);
  const made = await bench.keys.create({ name: "made" });
  await expect.poll(() => fates(made.secret), arrives).toEqual(["guard"]);
  await expect.poll(() => fates(gone.secret), arrives).toEqual(["invalid_credential"]);
});

describe("a request for a guarded model while there is no guard", () => {
  let guardless: AuthBench;
  beforeAll(async () => {
    guardless = await startAuthBench({ guard: false });
    await guardless.applyConfiguration(`
backends: { house: { provider: openai } }
models:
  - { name: closed, backend: house, guardPolicies: [shut] }
  - { name: open, backend: house, guardPolicies: [lenient] }
  - { name: mixed, backend: house, guardPolicies: [lenient, shut] }
guardPolicies:
  shut: { prompt: [{ detector: email, action: mask }] }
  lenient: { failure: open, prompt: [{ detector: email, action: mask }], reply: [{ detector: email, action: mask }] }
`);
    await guardless.startReplica();
  });
  afterAll(() => guardless.stop());

  test("passes uninspected, and says so, where every policy fails open; is refused otherwise", async () => {
    const { secret } = await guardless.keys.create({ name: "test" });
    const send = (model: string) => guardless.send({ model, credential: secret });
    await expect.poll(async () => (await send("open")).passedTo?.service, arrives).toBe("router");
    const failedOpen = { service: "auth", policy: "lenient", action: "failed_open", count: 1 };
    expect((await send("open")).passedTo?.envelope.decisions).toEqual([
      { ...failedOpen, direction: "prompt" },
      { ...failedOpen, direction: "reply" },
    ]);
    for (const model of ["closed", "mixed"]) {
      expect((await send(model)).error).toMatchObject({ code: "service_unavailable", status: 503 });
    }
  });
});
