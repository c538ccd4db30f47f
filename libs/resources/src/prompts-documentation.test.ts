import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { checkChange } from "./check-change.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const page = readFileSync(`${root}docs/prompts.md`, "utf8");
const example = readFileSync(`${root}examples/gateway/prompts.yaml`, "utf8");

test("the examples of the page are valid together with the template that it is about, without a warning", async () => {
  const onPage = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(([, text = ""], index) => ({
    name: `prompts.md ${index}`,
    text,
    directory: root,
  }));
  expect(onPage.length).toBeGreaterThan(0);
  const files = [{ name: "prompts.yaml", text: example, directory: root }, ...onPage];
  expect((await checkChange(files)).warnings).toEqual([]);
});
