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
const read = (path: string): string => readFileSync(root + path, "utf8");
const page = read("docs/resources.md");

/** Pages with the example that each goes through, and what that one stands beside. */
const examples = [
  { about: "docs/resources.md", folder: "examples/gateway", beside: [] },
  { about: "docs/workflows.md", folder: "examples/workflow", beside: ["sluice.yaml"] },
].map((example) => ({ ...example, files: filesOf(example.folder) }));

function filesOf(folder: string) {
  return readdirSync(root + folder).map((name) => ({
    name: `${folder}/${name}`,
    text: read(`${folder}/${name}`),
    directory: root + folder,
  }));
}

test.each(examples)("the examples of $about are those of $folder", ({ about, files }) => {
  const onPage = [...read(about).matchAll(/```yaml\n(.*?)```/gs)].map(([, text = ""]) => text);
  expect(onPage.toSorted()).toEqual(files.map(({ text }) => text).toSorted());
});

test.each(examples)("$folder is valid by itself, without a warning", async ({ files, beside }) => {
  const others = beside.map((name) => ({ name, text: read(name), directory: root }));
  const { warnings } = await checkChange([...others, ...files]);
  expect(warnings).toEqual([]);
});

test("the examples have every kind", async () => {
  const { resources } = await checkChange(examples.flatMap(({ files }) => files));
  expect(new Set(resources.map(({ kind }) => kind))).toEqual(new Set(Object.keys(kinds)));
});

test.each(examples.flatMap(({ files }) => files))(
  "$name is valid by the JSON Schema that it names",
  ({ name, text }) => {
    expect(text).toMatch(/^# yaml-language-server: \$schema=\.\.\/\.\.\/schemas\/resource\.schema\.json\n/);
    const validate = new Ajv({ strict: false, validateFormats: false }).compile(resourceJsonSchema());
    for (const { value } of YamlSource.parseAll(text, name)) {
      validate(value);
      expect(validate.errors ?? []).toEqual([]);
    }
  },
);

test("the documentation has a line for each kind", () => {
  const [, table = ""] = /\| kind \| what it is for .*?\n\|.*?\n(.*?)\n\n/s.exec(page) ?? [];
  const named = [...table.matchAll(/^\| `(\w+)`/gm)].map(([, kind]) => kind);
  expect(named.toSorted()).toEqual(Object.keys(kinds).toSorted());
});

test("the documentation lists the kinds of other products that are read", () => {
  const listed = [...page.matchAll(/^\| `([\w.]+\/v\d|v1)` \| `(\w+)` \|/gm)].map(
    ([, version, kind]) => `${version} ${kind}`,
  );
  const known = Object.entries(foreignKinds).flatMap(([version, ofVersion]) =>
    Object.keys(ofVersion).map((kind) => `${version} ${kind}`),
  );
  expect(listed.toSorted()).toEqual(known.toSorted());
});
