import { EnvironmentError, readEnvironment } from "@sluice/runtime/environment";
import { createSealingKey } from "@sluice/sealing/sealing-keys";
import { expect, test } from "vitest";
import { routerConfigSchema } from "./config.ts";

const sealingKey = createSealingKey();
const read = (environment: Record<string, string>) => readEnvironment(routerConfigSchema, environment).config;

test("all variables can be looked up but the key that opens secrets", () => {
  expect(read({ SLUICE_SEALING_KEY: sealingKey, OPENAI_API_KEY: "sk-1" })).toEqual({
    sealingKey,
    environment: { OPENAI_API_KEY: "sk-1" },
    redisUrl: undefined,
    hostOverrides: new Map(),
  });
});

test("a router starts without a key that opens secrets", () => {
  expect(read({ OPENAI_API_KEY: "sk-1" }).sealingKey).toBeUndefined();
});

test("what is no such key is refused without being shown", () => {
  const problem = "SLUICE_SEALING_KEY must be a private sealing key, as sluice init makes one";
  expect(() => read({ SLUICE_SEALING_KEY: "hunter2" })).toThrow(new EnvironmentError([problem]));
});

test("hosts can be sent elsewhere, and what says so otherwise is refused", () => {
  const { hostOverrides } = read({
    SLUICE_HOST_OVERRIDES: "api.openai.com=http://127.0.0.1:9000/x, b=https://c",
  });
  expect(hostOverrides).toEqual(
    new Map([
      ["api.openai.com", "http://127.0.0.1:9000"],
      ["b", "https://c"],
    ]),
  );
  const problem = "SLUICE_HOST_OVERRIDES must be host=url, several with a comma between them";
  for (const text of ["api.openai.com", "=http://a", "a=ftp://b", "a=b"]) {
    expect(() => read({ SLUICE_HOST_OVERRIDES: text })).toThrow(new EnvironmentError([problem]));
  }
});
