import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Ajv } from "ajv";
import { expect, test } from "vitest";
import { checkChange } from "./check-change.ts";
import { resourceJsonSchema } from "./json-schema.ts";
import { YamlSource } from "./yaml-source.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const page = readFileSync(`${root}docs/authorization.md`, "utf8");
const onPage = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(([, text = ""]) => text);
const folder = `${root}examples/authorization`;
const files = readdirSync(folder).map((name) => ({
  name,
  text: readFileSync(`${folder}/${name}`, "utf8"),
  directory: folder,
}));

test("the examples of the page are those of the folder", () => {
  expect(onPage.toSorted()).toEqual(files.map(({ text }) => text).toSorted());
});

test("the examples are valid together, without a warning", async () => {
  expect((await checkChange(files)).warnings).toEqual([]);
});

test.each(files)("$name is valid by the JSON Schema that it names", ({ name, text }) => {
  const validate = new Ajv({ strict: false, validateFormats: false }).compile(resourceJsonSchema());
  for (const { value } of YamlSource.parseAll(text, name)) {
    validate(value);
    expect(validate.errors ?? []).toEqual([]);
  }
});
