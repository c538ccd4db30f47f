import type { SluiceError } from "@sluice/contracts/sluice-error";
import type { ConsumerContent } from "@sluice/resources/access-policy";
import type { HttpRoute } from "@sluice/resources/http-route";
import type { ApiKeyPolicy, Snapshot } from "@sluice/resources/snapshot";
import {
  createVirtualKeyId,
  createVirtualKeySecret,
  hashVirtualKeySecret,
  type VirtualKey,
} from "@sluice/resources/virtual-key";
import { expect, test } from "vitest";
import type { Admission, AdmissionRules } from "./admission.ts";
import { admit } from "./admit.ts";
import { KeyRing } from "./key-ring.ts";

const secret = createVirtualKeySecret();
const key: VirtualKey = {
  id: createVirtualKeyId(),
  name: "test",
  team: "search",
  tags: [],
  createdAtMs: 0,
  hash: hashVirtualKeySecret(secret),
};
const keyRing = new KeyRing();
keyRing.set(key);

/** Stands for the keyed digest: any function of the text does. */
const digest = (text: string) => `digest of ${text}`;
const tokens: AdmissionRules["tokens"] = {
  verify: () => Promise.reject(new Error("no token is looked at")),
  introspect: () => Promise.reject(new Error("no token is looked at")),
};
const rules: AdmissionRules = { keyRing, digest, tokens };

const policy: ApiKeyPolicy = {
  header: "api-key",
  keys: [
    { digest: "digest of one", secret: "team-one", upstreamHeaders: {} },
    { digest: "digest of two", secret: "far/team-two", upstreamHeaders: {} },
  ],
};
const consumer: ConsumerContent = {
  team: "partners",
  tags: ["far"],
  virtualKeys: [],
  secrets: ["far/team-two"],
  tokens: [],
  limits: [],
};
const snapshot = {
  apiKeyPolicies: { p: policy },
  consumers: { partners: consumer },
} as unknown as Snapshot;

function routeWith(auth: HttpRoute["auth"]): HttpRoute {
  return {
    name: "t/0",
    hosts: ["*"],
    matches: [],
    auth,
    guardPolicies: [],
    limits: [],
    target: { type: "http", upstream: "u" },
  };
}

function ask(auth: HttpRoute["auth"] | undefined, credential?: string, own = rules): Admission {
  const route = auth === undefined ? undefined : routeWith(auth);
  const admission = admit(own, snapshot, route, {
    dialect: "openai",
    ...(credential === undefined ? {} : { credential }),
  });
  // Who looks at no token has not to wait.
  if (admission instanceof Promise) throw new Error("it takes longer than a turn");
  return admission;
}

/** The refusal of a request. */
function refusal(...asked: Parameters<typeof ask>): SluiceError {
  try {
    ask(...asked);
  } catch (error) {
    return error as SluiceError;
  }
  throw new Error("the request was let in");
}

const required = { type: "virtual_key", required: true } as const;
const optional = { type: "virtual_key", required: false } as const;
const byApiKey = { type: "api_key", policy: "p" } as const;

test("the gateway's own endpoints and routes that require it ask for a virtual key", () => {
  for (const auth of [undefined, required]) {
    expect(ask(auth, secret)).toMatchObject({ identity: { keyId: key.id, team: "search" }, key: {} });
    expect(refusal(auth).code).toBe("missing_credential");
    expect(refusal(auth, createVirtualKeySecret()).code).toBe("invalid_credential");
    expect(refusal(auth, "one").code).toBe("invalid_credential");
  }
});

test("an open route lets anyone in, whatever key of another's the client sends", () => {
  for (const credential of [undefined, "", "sk-of-the-provider", "one"]) {
    expect(ask(optional, credential)).toEqual({ identity: { keyId: "anonymous", tags: [] } });
  }
});

test("who sends a virtual key to an open route is known by it, and refused where it is not valid", () => {
  expect(ask(optional, secret).identity.keyId).toBe(key.id);
  expect(refusal(optional, createVirtualKeySecret()).code).toBe("invalid_credential");
});

test("a route with keys of Secrets lets in who sends one, as that Secret", () => {
  expect(ask(byApiKey, "one")).toEqual({
    identity: { keyId: "secret:team-one", tags: [] },
    secret: "team-one",
  });
  expect(ask(byApiKey, "two").secret).toBe("far/team-two");
});

test("a key of a consumer's Secret is booked as the consumer", () => {
  const { identity, consumer: found } = ask(byApiKey, "two");
  expect(identity).toEqual({ keyId: "secret:far/team-two", team: "partners", tags: ["far"] });
  expect(found?.name).toBe("partners");
  expect(ask(byApiKey, "one").consumer).toBeUndefined();
});

test.each([
  [undefined, "missing_credential"],
  ["three", "invalid_credential"],
  ["", "invalid_credential"],
  [secret, "invalid_credential"],
])("a route with keys of Secrets refuses %j, and says the same of each", (credential, code) => {
  expect(refusal(byApiKey, credential)).toMatchObject({
    code,
    status: 401,
    message: "API key is missing or invalid",
    challenge: "API key is missing or invalid",
  });
});

test("where keys of Secrets can't be looked up nobody is let in", () => {
  expect(refusal(byApiKey, "one", { keyRing, digest: undefined, tokens }).code).toBe("service_unavailable");
  expect(refusal({ type: "api_key", policy: "gone" }, "one").code).toBe("service_unavailable");
});
