import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { checkChange } from "./check-change.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));

test.each(["caching", "limits", "semantic-cache", "tls", "xml"])(
  "the examples of docs/%s.md are those of its folder, and valid by themselves",
  async (name) => {
    const page = readFileSync(`${root}docs/${name}.md`, "utf8");
    const onPage = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(([, text = ""]) => text);
    const directory = `${root}examples/${name}`;
    const files = readdirSync(directory).map((file) => ({
      name: file,
      text: readFileSync(`${directory}/${file}`, "utf8"),
      directory,
    }));
    expect(onPage.toSorted()).toEqual(files.map(({ text }) => text).toSorted());
    expect((await checkChange(files)).warnings).toEqual([]);
  },
);
