import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { packageFolders } from "./packages.mjs";
import { projectFolder } from "./project.mjs";

test("the set-up looks at the same packages as pnpm", () => {
  const workspace = readFileSync(join(projectFolder, "pnpm-workspace.yaml"), "utf8");
  const [, list = ""] = /^packages:\n((?: {2}- .*\n)+)/m.exec(workspace) ?? [];
  const folders = list.split("\n").flatMap((line) => (line.startsWith("  - ") ? [line.slice(4)] : []));
  expect(folders.toSorted()).toEqual(packageFolders.toSorted());
});
