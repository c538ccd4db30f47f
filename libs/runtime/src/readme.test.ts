import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { sharedEnvironmentSchema } from "./environment.ts";

test("the README lists the variables that every service has", () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const [, table = ""] = readme.split("## Variables that every service has");
  const listed = [...table.matchAll(/^\| `([A-Z0-9_]+)` +\|/gm)].map(([, name]) => name);
  expect(listed).toEqual(Object.keys(sharedEnvironmentSchema.shape));
});
