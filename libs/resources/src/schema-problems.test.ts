import { expect, test } from "vitest";
import { z } from "zod";
import { schemaProblems } from "./schema-problems.ts";
import { YamlSource } from "./yaml-source.ts";

const schema = z.strictObject({
  store: z.union([
    z.strictObject({ kind: z.literal("disk"), path: z.string() }),
    z.strictObject({ kind: z.literal("cloud"), bucket: z.string(), region: z.string() }),
  ]),
});

test.each([
  [
    "store: {kind: disk, pth: /tmp}",
    ["store.path: is missing", 'store.pth: there is no such key; did you mean "path"?'],
  ],
  ["store: {kind: cloud, bucket: b}", ["store.region: is missing"]],
  ["store: 5", ["store: must be a map of keys and values, not a number"]],
])("of several forms, %s is judged by the one it is closest to", (text, messages) => {
  const source = YamlSource.parse(text, "file.yaml");
  const problems = schemaProblems(source, schema, schema.safeParse(source.value).error?.issues ?? []);
  expect(problems.map(({ path, message }) => `${path.join(".")}: ${message}`)).toEqual(messages);
});
