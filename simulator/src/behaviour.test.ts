import { expect, test } from "vitest";
import { readBehaviour } from "./behaviour.ts";

test("kebab-case keys are read with their types", () => {
  expect(readBehaviour({ "retry-after": "2", "stall-after": 3, hang: "true", usage: "none" })).toEqual({
    retryAfter: 2,
    stallAfter: 3,
    hang: true,
    usage: "none",
  });
});

test.each([{ "no-such-key": 1 }, { status: 200 }, { chunks: "many" }, { burst: 0 }])(
  "%o is refused",
  (values) => {
    expect(() => readBehaviour(values)).toThrow();
  },
);
