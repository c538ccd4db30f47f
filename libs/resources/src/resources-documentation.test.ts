import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Ajv } from "ajv";
import { expect, test } from "vitest";
import { checkChange } from "./check-change.ts";
import { foreignKinds } from "./foreign/foreign-kinds.ts";
import { resourceJsonSchema } from "./json-schema.ts";
import { kinds } from "./kinds/kinds.ts";
import { YamlSource } from "./yaml-source.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const page = readFileSync(`${root}docs/resources.md`, "utf8");
const onPage = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(([, text = ""]) => text);
const folder = `${root}examples/gateway`;
const files = readdirSync(folder).map((name) => ({
  name,
  text: readFileSync(`${folder}/${name}`, "utf8"),
  directory: folder,
}));

test("the examples of the documentation are those of the folder", () => {
  expect(onPage.toSorted()).toEqual(files.map(({ text }) => text).toSorted());
});

test("the example is valid by itself, without a warning, and has every kind", async () => {
  const { resources, warnings } = await checkChange(files);
  expect(warnings).toEqual([]);
  expect(new Set(resources.map(({ kind }) => kind))).toEqual(new Set(Object.keys(kinds)));
});

test.each(files)("$name is valid by the JSON Schema that it names", ({ name, text }) => {
  expect(text).toMatch(/^# yaml-language-server: \$schema=\.\.\/\.\.\/schemas\/resource\.schema\.json\n/);
  const validate = new Ajv({ strict: false, validateFormats: false }).compile(resourceJsonSchema());
  for (const { value } of YamlSource.parseAll(text, name)) {
    validate(value);
    expect(validate.errors ?? []).toEqual([]);
  }
});

test("the documentation has a line for each kind", () => {
  const [, table = ""] = /\| kind \| what it is for .*?\n\|.*?\n(.*?)\n\n/s.exec(page) ?? [];
  const named = [...table.matchAll(/^\| `(\w+)`/gm)].map(([, kind]) => kind);
  expect(named.toSorted()).toEqual(Object.keys(kinds).toSorted());
});

test("the documentation lists the kinds of other products that are read", () => {
  const listed = [...page.matchAll(/^\| `([\w.]+\/v\d|v1)` \| `(\w+)` \|/gm)].map(
    ([, version, kind]) => `${version} ${kind}`,
  );
  const read = Object.entries(foreignKinds).flatMap(([version, ofVersion]) =>
    Object.keys(ofVersion).map((kind) => `${version} ${kind}`),
  );
  expect(listed.toSorted()).toEqual(read.toSorted());
});
