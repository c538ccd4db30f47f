import type { ErrorCode } from "@sluice/contracts/error-code";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { describe, expect, it } from "vitest";
import { CallSequence } from "./call-sequence.ts";

const retries = { attempts: 2, baseDelayMs: 100, maxDelayMs: 5000 };

function sequenceOf(targets: [string, ...string[]], mayRepeat = true) {
  const sequence = new CallSequence<string>({
    targets,
    retriesOf: () => retries,
    budgetOf: () => ({ called: () => undefined, take: () => mayRepeat }),
  });
  const after = (code: ErrorCode, retryAfterMs?: number) =>
    sequence.after(new SluiceError(code, "", { retryAfterMs }), 60_000, 0.5);
  return { sequence, after };
}

describe("where a request goes", () => {
  it.each([
    "provider_rate_limited",
    "provider_error",
    "provider_timeout",
    "provider_unreachable",
    "provider_stream_cut",
    "provider_invalid_reply",
    "provider_credential",
    "provider_context_exceeded",
    "provider_content_refused",
    "unsupported_feature",
  ] as const)("after %s is to the next target, at once", (code) => {
    const { sequence, after } = sequenceOf(["a", "b", "c"]);
    expect(sequence.first).toBe("a");
    expect(after(code)).toEqual({ target: "b", pauseMs: 0 });
    expect(sequence.hasAnother).toBe(true);
    expect(after(code)).toEqual({ target: "c", pauseMs: 0 });
    expect(sequence.hasAnother).toBe(false);
  });

  it("after a 404, which is a model that the target doesn't have, is to the next target", () => {
    const { sequence } = sequenceOf(["a", "b"]);
    const error = new SluiceError("provider_rejected", "", { status: 404 });
    expect(sequence.after(error, 60_000, 0.5)?.target).toBe("b");
  });

  it.each([
    "provider_rejected",
    "invalid_request",
    "client_closed",
    "deadline_exceeded",
    "internal",
  ] as const)("after %s is nowhere: it would be the same everywhere", (code) => {
    expect(sequenceOf(["a", "b"]).after(code)).toBeUndefined();
  });

  it("is back to those whose failure may pass, with a pause, when all were called", () => {
    const { after } = sequenceOf(["a", "b", "c"]);
    after("provider_error");
    after("provider_timeout");
    expect(after("provider_error")).toEqual({ target: "a", pauseMs: 50 });
    // b may have billed its call, and is not called again.
    expect(after("provider_error")).toEqual({ target: "c", pauseMs: 50 });
    expect(after("provider_error")).toBeUndefined();
  });

  it("is to the one that asks for the shorter pause, of two that were called as often", () => {
    const { after } = sequenceOf(["a", "b"]);
    after("provider_rate_limited", 3000);
    expect(after("provider_rate_limited", 1000)).toEqual({ target: "b", pauseMs: 1000 });
    expect(after("provider_rate_limited", 1000)).toEqual({ target: "a", pauseMs: 3000 });
  });

  it("is nowhere, as a repeated call, when too many are repeated already; another target is no repetition", () => {
    const { after } = sequenceOf(["a", "b"], false);
    expect(after("provider_error")).toEqual({ target: "b", pauseMs: 0 });
    expect(after("provider_error")).toBeUndefined();
  });
});
