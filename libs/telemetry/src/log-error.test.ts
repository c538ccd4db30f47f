import { SluiceError } from "@sluice/contracts/sluice-error";
import { expect, test } from "vitest";
import { logError } from "./log-error.ts";

test("a SluiceError is logged with its code, its message and its causes", () => {
  const socketError = Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:1"), { code: "ECONNREFUSED" });
  const error = new SluiceError("provider_unreachable", "The provider can't be reached.", {
    cause: new Error("call failed", { cause: socketError }),
    retryAfterMs: 1000,
    parameter: "model",
  });
  expect(logError(error)).toMatchObject({
    name: "SluiceError",
    code: "provider_unreachable",
    message: "The provider can't be reached.",
    parameter: "model",
    retryAfterMs: 1000,
    cause: {
      name: "Error",
      message: "call failed",
      cause: { code: "ECONNREFUSED", message: "connect ECONNREFUSED 127.0.0.1:1" },
    },
  });
});

test("a stack is logged by its frames, without the message", () => {
  const logged = logError(new Error("line one\nline two"));
  expect(logged.stack).toMatch(/^at .*log-error\.test\.ts/);
  expect(logged.stack).not.toContain("line");
});

test("nothing that a library hangs on its error is logged", () => {
  const error = Object.assign(new Error("bad status"), {
    body: "the prompt",
    request: { headers: { authorization: "Bearer secret" } },
    detail: "Key (name)=(the prompt)",
  });
  const line = JSON.stringify(logError(error));
  expect(line).toContain("bad status");
  expect(line).not.toMatch(/the prompt|secret/);
});

test("the text that could not be parsed is not logged", () => {
  const error = parseFailure("My card is 4111 1111 1111 1111");
  const line = JSON.stringify(logError(new SluiceError("invalid_json", "Not JSON.", { cause: error })));
  expect(error.message).toContain("My card");
  expect(line).toContain("SyntaxError");
  expect(line).not.toContain("My card");
});

test("the parts of an aggregate are logged", () => {
  const logged = logError(new AggregateError([new Error("first"), new Error("second")], "all failed"));
  expect(logged.errors?.map((error) => error.message)).toEqual(["first", "second"]);
});

test("a chain that goes round in circles ends", () => {
  const error = new Error("round");
  error.cause = error;
  expect(JSON.stringify(logError(error)).match(/round/g)).toHaveLength(6);
});

test("something thrown that is no error is logged by its type only", () => {
  expect(logError("the prompt")).toEqual({ name: "NotAnError", message: "a thrown string" });
});

test("a long message is cut", () => {
  expect(logError(new Error("x".repeat(10_000))).message).toHaveLength(501);
});

function parseFailure(text: string): Error {
  try {
    JSON.parse(text);
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error("the text was JSON");
}
