import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { behaviourSchema, readBehaviour } from "./behaviour.ts";

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

test("README.md explains every key, and no other", async () => {
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  const table = readme.slice(readme.indexOf("## Directives"), readme.indexOf("## Control"));
  const explained = [...table.matchAll(/^\| `([a-z0-9-]+)/gm)].map((match) => match[1]);
  const keys = Object.keys(behaviourSchema.shape).map((key) =>
    key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
  );
  expect(explained.toSorted()).toEqual(keys.toSorted());
});
