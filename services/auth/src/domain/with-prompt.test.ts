import type { Envelope } from "@sluice/contracts/envelope";
import type { Identity } from "@sluice/contracts/identity";
import type { PromptTemplate } from "@sluice/resources/prompt-template";
import { type Snapshot, snapshotSchema } from "@sluice/resources/snapshot";
import { describe, expect, test } from "vitest";
import { withPrompt } from "./with-prompt.ts";

function template(sticky: PromptTemplate["sticky"]): PromptTemplate {
  const messages = [{ role: "user" as const, content: "Ünd?" }];
  return {
    variables: {},
    versions: {
      "1": { messages, model: "gpt-5-mini", parameters: { maxTokens: 50 } },
      "2": { messages, parameters: {} },
    },
    labels: {
      production: [{ version: "1", weight: 1 }],
      split: [
        { version: "1", weight: 1 },
        { version: "2", weight: 1 },
      ],
    },
    sticky,
    sessionHeader: "x-session-id",
  };
}

const snapshot: Snapshot = snapshotSchema.parse({
  revision: 1,
  appliedAtMs: 0,
  gateway: {
    maxBodyBytes: 1,
    maxOpenRequests: 1,
    maxJsonDepth: 1,
    requestTimeoutMs: 1,
    uploadTimeoutMs: 1,
  },
  backends: {},
  models: [],
  guardPolicies: {},
  prices: [],
  promptTemplates: { free: template("none"), user: template("user"), session: template("session") },
});

const party = { service: "ingress", instance: "ingress-1" } as const;
function envelope(facts: Partial<Envelope>): Envelope {
  return {
    requestId: "019ec000-0000-7000-8000-000000000001",
    delivery: 1,
    origin: party,
    reader: party,
    receivedAtMs: 0,
    remainingMs: 1,
    sentAtMs: 0,
    revision: 1,
    dialect: "openai",
    operation: "chat",
    model: "",
    stream: false,
    streamFraming: "sse",
    bodyBytes: 2,
    headers: {},
    decisions: [],
    ...facts,
  };
}
const ada: Identity = { keyId: "key-1", user: "ada", tags: [] };
const id = (number: number) => `019ec000-0000-7000-8000-${number.toString(16).padStart(12, "0")}`;

describe("a request with a prompt template", () => {
  test("gets its version, and of it the model and the limit that it does not name", () => {
    const prompted = withPrompt(snapshot, envelope({ prompt: { template: "free" } }), ada);
    expect(prompted.envelope).toMatchObject({
      model: "gpt-5-mini",
      maxOutputTokens: 50,
      prompt: { template: "free", version: "1" },
    });
    expect(prompted.addedBytes).toBe(5);
  });

  test("keeps its own model and limit, and carries no session any further", () => {
    const own = { model: "claude", maxOutputTokens: 7 };
    const prompt = { template: "session", label: "production", stickyTo: "chat-1" };
    const prompted = withPrompt(snapshot, envelope({ ...own, prompt }), ada).envelope;
    expect(prompted).toMatchObject(own);
    expect(prompted.prompt).toEqual({ template: "session", label: "production", version: "1" });
  });

  test("is refused where neither names a model", () => {
    const asked = envelope({ prompt: { template: "free", version: "2" } });
    expect(() => withPrompt(snapshot, asked, ada)).toThrow(
      expect.objectContaining({
        code: "invalid_request",
        message: "The field model is missing, and version 2 of the prompt template free names none.",
        parameter: "model",
      }),
    );
  });

  test("without one stays the very same", () => {
    const asked = envelope({ model: "m" });
    expect(withPrompt(snapshot, asked, ada)).toEqual({ envelope: asked, addedBytes: 0 });
  });

  /** The versions that a hundred requests get. */
  function versions(
    template: string,
    facts: { stickyTo?: string; identity?: Identity },
  ): Set<string | undefined> {
    const { identity = ada, ...sticky } = facts;
    const requests = Array.from({ length: 100 }, (_, number) =>
      envelope({ requestId: id(number), model: "m", prompt: { template, label: "split", ...sticky } }),
    );
    return new Set(
      requests.map((request) => withPrompt(snapshot, request, identity).envelope.prompt?.version),
    );
  }

  test.each<[string, string, Parameters<typeof versions>[1], number]>([
    ["none", "free", {}, 2],
    ["user, by whom the request names", "user", { stickyTo: "end-user" }, 1],
    ["user, by the key's user", "user", {}, 1],
    ["user, by the key", "user", { identity: { keyId: "key-2", tags: [] } }, 1],
    ["user, for whom nothing is known of", "user", { identity: { keyId: "anonymous", tags: [] } }, 2],
    ["session", "session", { stickyTo: "chat-1" }, 1],
    ["session, without one", "session", {}, 2],
  ])("is sticky by %s", (_what, template, facts, count) => {
    expect(versions(template, facts).size).toBe(count);
  });

  test("that is sent again gets the same version", () => {
    for (let number = 0; number < 50; number++) {
      const request = envelope({
        requestId: id(number),
        model: "m",
        prompt: { template: "free", label: "split" },
      });
      const again = withPrompt(snapshot, { ...request, delivery: 2 }, ada).envelope.prompt;
      expect(again).toEqual(withPrompt(snapshot, request, ada).envelope.prompt);
    }
  });
});
